/** How the file is read: what was found out, with the choice of something else. */

import { h } from "../../dom";
import type { Table } from "../../service/types";
import { control } from "../control";
import type { Session } from "../session";

type Choices = readonly (readonly [value: string, label: string])[];

/** What is done to dates and to gaps, as the option `repair` has it. */
interface Repair {
  readonly repeated?: string;
  readonly gaps?: string;
}
const SWITCH = { order: "sort", repeated: "last", jitter: "snap" };
const DATES: Choices = [
  ["", "refuse the series"],
  ["last", "repair them, keep the last of several values"],
  ["sum", "repair them, add up several values"],
  ["mean", "repair them, take the mean of several values"],
];
const GAPS: Choices = [
  ["", "filled by straight lines"],
  ["zero", "zeros"],
  ["previous", "as the value before"],
];
const OPTIONS = [
  "layout", "delimiter", "decimal", "date_format", "sheet", "frequency", "timezone", "repair", "open",
];

export function readingFields(session: Session, found: Table | null): HTMLElement {
  const { options } = session;
  const choice = (name: string, label: string, values: Choices) =>
    select(`read-${name}`, name, label, values, options[name] ?? "", (value) => session.change({ [name]: value }));
  const text = (name: string, label: string, placeholder: string) =>
    control(name, label, h("input", {
      id: `read-${name}`,
      value: options[name] ?? "",
      placeholder,
      onchange: (event: Event) => session.change({ [name]: (event.target as HTMLInputElement).value.trim() }),
    }));
  const repair = repairOf(options["repair"]);
  const about = [found?.format.toUpperCase(), found?.encoding, found?.sheet].filter(Boolean).join(", ");
  return h(
    "details",
    { class: "reading", open: Object.keys(options).some((name) => OPTIONS.includes(name)) },
    h("summary", {}, "How the file is read", about ? h("span", { class: "quiet" }, ` · ${about}`) : null),
    h(
      "div",
      { class: "fields" },
      choice("layout", "Layout", [["", "a row for each value"], ["wide", "a column for each series"]]),
      choice("delimiter", "Between cells", [["", "found"], [",", "comma"], [";", "semicolon"], ["tab", "tab"], ["|", "bar"]]),
      choice("decimal", "Decimal sign", [["", "found"], [".", "point"], [",", "comma"]]),
      text("date_format", "How dates are written", "found, or %d.%m.%Y"),
      text("sheet", "Sheet", found?.sheet ?? "the first with data"),
      text("frequency", "Frequency", "found, or D, MS, 15min …"),
      text("timezone", "Time zone", "none, or Europe/Berlin"),
      text("open", "Opening times", 'always, or {"days": "Mon-Fri"}'),
      select("read-repair", "repair", "Dates out of order or repeated", DATES, repair.repeated ?? "", (repeated) =>
        session.change({ repair: optionOf({ ...repair, repeated }) }),
      ),
      select("read-gaps", "gaps", "Missing values", GAPS, repair.gaps ?? "", (gaps) =>
        session.change({ repair: optionOf({ ...repair, gaps }) }),
      ),
    ),
  );
}

function repairOf(option: string | undefined): Repair {
  if (!option || option === "true") {
    return option ? SWITCH : {};
  }
  try {
    return JSON.parse(option) as Repair;
  } catch {
    return {}; // The address says something that is no JSON, and the service says so.
  }
}

function optionOf({ repeated, gaps }: Repair): string {
  if (repeated === SWITCH.repeated && !gaps) {
    return "true";
  }
  const chosen = { ...(repeated ? { ...SWITCH, repeated } : {}), ...(gaps ? { gaps } : {}) };
  return Object.keys(chosen).length ? JSON.stringify(chosen) : "";
}

function select(
  id: string,
  option: string,
  label: string,
  values: Choices,
  chosen: string,
  choose: (value: string) => void,
): HTMLElement {
  return control(option, label, h(
    "select",
    { id, onchange: (event: Event) => choose((event.target as HTMLSelectElement).value) },
    values.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
  ));
}
