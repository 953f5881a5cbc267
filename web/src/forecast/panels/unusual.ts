/** Values of the past that were not to be expected from those before them. */

import { h, table } from "../../dom";
import { count, moment, number } from "../../format";
import type { Compared, SeriesAbout } from "../../service/types";
import { problemBox } from "../problems";
import type { Session } from "../session";
import { inPageWords } from "../words";

type Content = Parameters<typeof h>[2];
const MOST_ROWS = 200;

export function unusualPanel(session: Session): Content {
  const { answer, loading, problem, waiting } = session.anomalies;
  const field = (name: string, label: string, placeholder: string) => [
    h("label", { for: `unusual-${name}` }, label),
    h("input", {
      type: "number",
      id: `unusual-${name}`,
      min: 1,
      placeholder,
      value: session.options[name] ?? "",
      oninput: (event: Event) => session.change({ [name]: (event.target as HTMLInputElement).value }),
    }),
  ];
  const settings = h(
    "div",
    { class: "row settings" },
    field("level", "Band, in percent", "99"),
    field("last", "Only the latest", "all"),
    loading ? h("span", { class: "quiet" }, "Comparing each value with what was expected …") : null,
  );
  if (problem || waiting) {
    return [settings, problemBox(session.anomalies, () => session.ask("anomalies"))];
  }
  const found = answer?.series[session.selected];
  const { series } = session;
  if (found?.error) {
    return [settings, h("div", { class: "problem" }, h("p", {}, inPageWords(found.error.detail)))];
  }
  return found && series ? [verdict(found, answer?.level ?? 99), settings, list(found, series)] : settings;
}

function verdict({ anomalies, expected }: Compared, level: number): Content {
  const chance = Math.round(((100 - level) / 100) * expected.length);
  return h(
    "div",
    { class: "verdict" },
    h("p", { class: "big" }, h("b", {}, count(anomalies.length, "value")), anomalies.length === 1 ? " was not to be expected." : " were not to be expected."),
    h(
      "p",
      {},
      `Each of ${count(expected.length, "value")} was forecast from those before it. Of so many, ` +
        `about ${chance} fall outside of a ${level}% band by chance. The chart marks them.`,
    ),
  );
}

function list(found: Compared, { line, frequency }: SeriesAbout): Content {
  if (!found.anomalies.length) {
    return null;
  }
  const rows = found.anomalies
    .toReversed()
    .slice(0, MOST_ROWS)
    .map((position) => {
      const at = line.x[position] ?? 0;
      const n = position - found.first;
      return [
        line.clock === "dates" ? moment(at + line.offset, frequency) : String(at),
        number(line.y[position]),
        number(found.expected[n]),
        `${number(found.lower[n])} to ${number(found.upper[n])}`,
      ];
    });
  return table("Unusual values, the latest first", ["Time", "Value", "Expected", "Band"], rows, "numbers");
}
