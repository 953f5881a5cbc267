/** What the service says, in the words of the page.
 *
 * The service tells programs what to send. Where the page has a control for that, its name takes the place of
 * those words. All other texts stay as they come.
 */

import { sentence } from "../format";

const UNDERSTOOD = "under “What was understood”";
const READING = "under “How the file is read”";

/** What texts of the service tell programs, and what they tell someone who looks at the page. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/ The count is of [\w ]+\./, ""],
  [/ Send \S*_col\b.* to choose others\./, ` Others can be chosen ${UNDERSTOOD}.`],
  [/ Send id_col=.* if that column/, ` Choose it ${UNDERSTOOD} if that column`],
  [/name it as `sheet`/, `write its name ${READING}`],
  [/Name the timezone of the series/, `Write its time zone ${READING}`],
  [/; send non_negative as false where they can be\./, ". If they can be, say so under “Limits and holidays”."],
  [/, or name zero-shot,/, ", or choose zero-shot,"],
  [/ask for a horizon of (\d+)/, "choose $1 steps ahead"],
  [/is trained on them by the recipe 'covariates'/, "is made under “Train a model” by the recipe “covariates”"],
  [/, send open as \{.*\}\./, ", say so below."],

  [/, in the header Authorization: .*/, "."],

  [/, but there is no column 'unique_id'/, ", but no column was taken for their names"],
  [/(?:: s|,? and s|\. S)end (?:id|time|target)_col\b.*/s, ". Choose below what each column is."],
  [/ Leave layout=wide out\b.*/s, ""],
  [/ Send layout=wide to read it so\./, " Choose so below."],
  [/ Give the values of each in targets; .*/s, " Choose the columns of all of them as values."],
  [/ Name the column of their ids \(id_col\), or in JSON [\w ]+\./, " Choose below which column names them."],

  [/ Send decimal=.*/s, " Choose below which it is."],
  [/(?:\. S|, or s)end (?:the )?date_format\b.*/s, `. Write how all dates are written ${READING}.`],
  [/ with date_format, such as date_format=(\S+)\./, ` ${READING}, such as $1.`],
  [/ with date_format\./, ` ${READING}.`],
  [/does not fit date_format/, "is not written as"],

  [/send the frequency (\w+) and repair as \{.*?\} to move/, `write the frequency $1 and repair the dates ${READING} to move`],
  [/send the frequency (\S+), if/, `write the frequency $1 ${READING} if`],
  [/name another frequency/, `write another frequency ${READING}`],
  [/send repair as \{.*?\} to take missing values as zeros, or "previous"\./, `choose what missing values are ${READING}.`],
  [/send repair as (?:\{.*?\}|true)(?:, or [^.]* in place of "\w+")?/, "repair the dates below"],
];

/** The text for people; where the tab that it names is open, `isUnderstoodOpen`, the controls are below. */
export function inPageWords(text: string, isUnderstoodOpen = false): string {
  const said = WORDS.reduce((before, [programs, people]) => before.replace(programs, people), sentence(text));
  return isUnderstoodOpen ? said.replaceAll(UNDERSTOOD, "below") : said;
}
