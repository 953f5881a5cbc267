/** The lines of a text file around the place that an error names. */

import { h } from "../dom";
import type { ErrorDetail, Table } from "../service/types";
import { placeOf } from "./problems";
import type { Session } from "./session";

const MOST_BYTES = 4_000_000;
const MOST_CHARACTERS = 200;

/** Show the names of the columns, and the lines before and after the one that an error names. */
export async function excerpt(session: Session, { pointer }: ErrorDetail): Promise<Node | null> {
  const { row, column } = placeOf(pointer);
  const { name, file } = session.source;
  if (row === null || !/\.(csv|txt|tsv)$|^pasted/i.test(name)) {
    return null;
  }
  const table = session.inspect.answer?.table;
  const bytes = await file.slice(0, MOST_BYTES).arrayBuffer();
  const lines = new TextDecoder(table?.encoding ?? "utf-8").decode(bytes).split(/\r?\n/);
  const head = table?.header_line ?? 1;
  const at = head + row;
  const shown = [...new Set([head - 1, at - 1, at, at + 1])].filter((line) => line >= 0 && line < lines.length);
  const item = (line: number) => {
    const text = (lines[line] ?? "").slice(0, MOST_CHARACTERS) || " ";
    const wrong = line === at;
    return h("li", { value: line + 1, class: wrong ? "wrong" : "" }, wrong && table ? marked(text, column, table) : text);
  };
  return h("ol", { class: "excerpt", "aria-label": `Lines of the file around line ${at + 1}` }, shown.map(item));
}

/** A line of the file, the cell of a column marked. */
function marked(line: string, column: string | null, { columns, delimiter = "," }: Table): (string | Node)[] {
  const separator = delimiter === "tab" ? "\t" : delimiter;
  const place = columns.findIndex(({ name }) => name === column);
  let [cell, quoted, from, to] = [0, false, 0, line.length];
  for (let n = 0; n < line.length; n += 1) {
    quoted = line[n] === '"' ? !quoted : quoted;
    if (line[n] === separator && !quoted) {
      if (cell === place) {
        to = n;
        break;
      }
      cell += 1;
      from = n + 1;
    }
  }
  return cell === place ? [line.slice(0, from), h("mark", {}, line.slice(from, to)), line.slice(to)] : [line];
}
