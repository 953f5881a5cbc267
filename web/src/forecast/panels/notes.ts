/** What the service notes and asks, with a button for each thing that it offers to do. */

import { h } from "../../dom";
import type { Note } from "../../service/types";
import type { Session } from "../session";
import { inPageWords } from "../words";

type Content = Parameters<typeof h>[2];

/** An option with its value, as texts name it: `id_col='shop name'`, `decimal=,` or `"open": {…}`. */
const OFFERED = /\b(\w+)=('[^']*'|[.,](?=\s|$)|[^\s']+?)(?=[.,;]?(?:\s|$))|"(open)": (\{.*\})/g;
const LABELS: Readonly<Record<string, (value: string) => string>> = {
  id_col: (column) => `${column.replaceAll(",", " and ")} names the series`,
  time_col: (column) => `${column} is the time`,
  target_col: (column) => `Forecast ${column}`,
  layout: (layout) => (layout === "wide" ? "Each column is a series" : "Each row is a value"),
  decimal: (sign) => `The ${sign === "," ? "comma" : "point"} is the decimal sign`,
  date_format: (written) => `Dates are written as ${written}`,
  open: () => "Nothing is missing outside these times",
};

export function noteList(session: Session, notes: readonly Note[]): Content {
  const items = notes.map(({ message }) => h("li", {}, inPageWords(message), offers(session, message)));
  return notes.length ? h("ul", { class: "notes" }, items) : null;
}

/** A button for each option that a text of the service offers. */
export function offers(session: Session, text: string): Content {
  const buttons = [...text.matchAll(OFFERED)].flatMap(([, name, quoted = "", field, json = ""]) => {
    const [option, value] = field ? [field, json] : [name ?? "", quoted.replace(/^'(.*)'$/, "$1")];
    const use = () => session.change({ [option]: value });
    const label = LABELS[option]?.(value);
    return label ? [h("button", { type: "button", class: "suggestion", onclick: use }, label)] : [];
  });
  return buttons.length ? h("div", { class: "row" }, buttons) : null;
}
