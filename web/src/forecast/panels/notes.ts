/** What the service notes and asks, with a button for each thing that it offers to do. */

import { h } from "../../dom";
import type { Note } from "../../service/types";
import type { Session } from "../session";
import { inPageWords } from "../words";

type Content = Parameters<typeof h>[2];

/** An option with its value, as texts name it: `id_col='shop name'`, `decimal=,` or `"open": {…}`. */
const OFFERED = /\b(\w+)=('[^']*'|[.,](?=\s|$)|[^\s']+?)(?=[.,;]?(?:\s|$))|"(open)": (\{.*\})/g;
export const MOST_OFFERED = 5;
const LABELS: Readonly<Record<string, (value: string) => string>> = {
  id_col: (column) => `${column.replaceAll(",", " and ")} names the series`,
  time_col: (column) => `${column} is the time`,
  target_col: (column) => `Forecast ${column}`,
  layout: (layout) => (layout === "wide" ? "All: each column is a series" : "Each row is a value"),
  decimal: (sign) => `The ${sign === "," ? "comma" : "point"} is the decimal sign`,
  date_format: (written) => `Dates are written as ${written}`,
  open: () => "Nothing is missing outside these times",
};

export function noteList(session: Session, notes: readonly Note[]): Content {
  const items = notes.map(({ message }) => 
    h("li", {}, inPageWords(message, session.tab === "understood"), offers(session, message)),
  );
  return notes.length ? h("ul", { class: "notes" }, items) : null;
}

/** A button for each option that a text of the service offers. */
export function offers(session: Session, text: string): Content {
  const buttons = [...text.matchAll(OFFERED)].flatMap(([, name, quoted = "", field, json = ""]) => {
    const [option, value] = field ? [field, json] : [name ?? "", quoted.replace(/^'(.*)'$/, "$1")];
    const values = option === "target_col" ? columnsOfNumbers(session, value) : [value];
    return values.flatMap((one) => {
      const label = LABELS[option]?.(one);
      return label ? [offer(label, () => session.change({ [option]: one }))] : [];
    });
  });
  return buttons.length ? h("div", { class: "row" }, buttons) : null;
}

export function offer(label: string, use: () => void): HTMLElement {
  return h("button", { type: "button", class: "suggestion", onclick: use }, label);
}

/** The columns that may be values: the first one is that which the service names. */
function columnsOfNumbers(session: Session, first: string): string[] {
  const columns = session.inspect.answer?.table?.columns ?? [];
  const others = columns.filter(({ name, looks_like }) => looks_like === "numbers" && name !== first);
  return [first, ...others.map(({ name }) => name)].slice(0, MOST_OFFERED);
}
