/** What was understood of the file, with the choices to correct it. */

import { h, table } from "../../dom";
import { count, moment, number, sentence, span, steps } from "../../format";
import type { Column, Note, SeriesAbout, Table, Understood } from "../../service/types";
import { codeLine, excerpt } from "../problems";
import type { Session } from "../session";

type Content = Parameters<typeof h>[2];
const ROLES = [
  ["", "not used"],
  ["time", "the time"],
  ["target", "the values"],
  ["id", "the series' name"],
  ["covariate", "what else is known"],
  ["static", "a trait of the series"],
] as const;
const OPTION_OF_ROLE: Record<string, string> = {
  time: "time_col",
  target: "target_col",
  id: "id_col",
  covariate: "covariates",
  static: "static_cols",
};

export function understoodPanel(session: Session): Content {
  const { answer } = session.inspect;
  if (!answer) {
    return session.inspect.loading ? h("p", { class: "quiet" }, "Reading the file …") : null;
  }
  const series = session.series;
  const unreadable = answer.series[session.selected];
  return [
    answer.error ? unclear(session, answer) : null,
    series ? summary(series) : null,
    unreadable?.error ? broken(session, unreadable) : null,
    series ? notes("What was done to this series", series.notes) : null,
    series?.fallback ? notes("How it is forecast", [series.fallback]) : null,
    notes("What was assumed to read the file", answer.notes),
    answer.table ? columns(session, answer.table) : null,
    reading(session, answer.table),
  ];
}

/** A series in a few words: `144 months, nothing missing`. */
export function inWords(series: SeriesAbout): string {
  const { frequency, observed, missing } = series;
  const gaps = missing ? `${count(missing, "value")} missing` : "nothing missing";
  return `${steps(observed + missing, frequency)}${frequency ? "" : " without dates"}, ${gaps}`;
}

function summary(series: SeriesAbout): Content {
  const [season] = series.seasons;
  const strength = (season?.strength ?? 0) > 0.6 ? "clearly" : "somewhat";
  const facts: [string, string][] = [
    ["Values", inWords(series)],
    ["From", time(series, series.line.x[0])],
    ["To", time(series, series.line.x.at(-1))],
    ["Lowest and highest", `${number(series.lowest)} and ${number(series.highest)}`],
    ["Pattern", season ? `repeats ${strength} every ${span(season.length, series.frequency).replace(/^an? /, "")}` : "none that repeats"],
  ];
  return h("dl", { class: "facts" }, facts.map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text))));
}

function time({ line, frequency }: SeriesAbout, at = 0): string {
  return line.clock === "dates" ? moment(at + line.offset, frequency) : `step ${at}`;
}

function notes(title: string, list: readonly Note[]): Content {
  return list.length
    ? [h("h3", {}, title), h("ul", { class: "notes" }, list.map((note) => h("li", {}, note.message)))]
    : null;
}

function unclear(session: Session, answer: Understood): Content {
  const detail = answer.error?.detail ?? "";
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h3", {}, "One thing to settle first"),
    h("p", {}, sentence(detail)),
    h("p", { class: "quiet" }, `${answer.error?.code} · choose below what each column is.`),
    suggestions(session, detail),
    late(excerpt(session, answer.error ? [answer.error] : [])),
  );
}

const SUGGESTIONS: Record<string, (text: string) => string> = {
  id_col: (column) => `${column} names the series`,
  time_col: (column) => `${column} is the time`,
  target_col: (column) => `Forecast ${column}`,
  layout: (layout) => (layout === "wide" ? "Each column is a series" : "Each row is a value"),
};

/** A button for each of the cures that an error names, such as `send id_col=shop`. */
function suggestions(session: Session, detail: string): Content {
  const cures = [...detail.matchAll(/\bsend (\w+)=([^\s,;]+?)[.,;]?(?=\s|$)/gi)];
  const buttons = cures.flatMap(([, option = "", text = ""]) => {
    const label = SUGGESTIONS[option];
    const use = () => session.change({ [option]: text });
    return label ? [h("button", { type: "button", class: "suggestion", onclick: use }, label(text))] : [];
  });
  return buttons.length ? h("div", { class: "row" }, buttons) : null;
}

function broken(session: Session, item: { error: NonNullable<Understood["error"]>; repairs: readonly Note[] | null }): Content {
  const problem = { status: 0, title: "", detail: "", code: item.error.code, errors: [item.error] };
  const repair = () => session.change({ repair: "true" });
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h3", {}, "This series cannot be read as it is"),
    h("p", {}, sentence(item.error.detail)),
    h("p", { class: "quiet" }, codeLine(problem)),
    late(excerpt(session, [item.error])),
    item.repairs
      ? [
          h("p", {}, "It can be repaired:"),
          h("ul", { class: "notes" }, item.repairs.map((note) => h("li", {}, note.message))),
          h("button", { type: "button", id: "repair", class: "primary", onclick: repair }, "Repair it"),
        ]
      : null,
  );
}

/** A place for a part that comes later. */
function late(part: Promise<Node | null>): HTMLElement {
  const host = h("div");
  void part.then((node) => node && host.append(node));
  return host;
}

function columns(session: Session, { columns: all, layout }: Table): Content {
  const rows = all.slice(0, 50).map((column, index) => [
    column.name,
    column.looks_like,
    layout === "wide"
      ? (column.taken_for ?? "not used")
      : h(
          "select",
          {
            id: `role-${index}`,
            "aria-label": `What ${column.name} is`,
            onchange: (event: Event) =>
              session.change(roles(all, column.name, (event.target as HTMLSelectElement).value)),
          },
          ROLES.map(([value, label]) => h("option", { value, selected: value === (column.taken_for ?? "") }, label)),
        ),
  ]);
  return [h("h3", {}, "Columns"), table("Columns of the file", ["Column", "Looks like", "Taken for"], rows)];
}

/** The options that give a column a role. The time and the values have one column each. */
function roles(all: readonly Column[], name: string, role: string): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const [one, option] of Object.entries(OPTION_OF_ROLE)) {
    const before = all.filter((column) => column.taken_for === one).map((column) => column.name);
    const others = before.filter((other) => other !== name);
    const single = one === "time" || one === "target";
    const after = one === role ? [...(single ? [] : others), name] : others;
    if (after.join() !== before.join()) {
      changes[option] = after.join(",");
    }
  }
  return changes;
}

function reading(session: Session, found: Table | null): Content {
  const { options } = session;
  const choice = (name: string, label: string, values: readonly (readonly [string, string])[]) =>
    h(
      "div",
      { class: "control", "data-option": name },
      h("label", { for: `read-${name}` }, label),
      h(
        "select",
        {
          id: `read-${name}`,
          onchange: (event: Event) => session.change({ [name]: (event.target as HTMLSelectElement).value }),
        },
        values.map(([value, text]) => h("option", { value, selected: value === (options[name] ?? "") }, text)),
      ),
      h("p", { class: "wrong-note" }),
    );
  const text = (name: string, label: string, placeholder: string) =>
    h(
      "div",
      { class: "control", "data-option": name },
      h("label", { for: `read-${name}` }, label),
      h("input", {
        id: `read-${name}`,
        value: options[name] ?? "",
        placeholder,
        onchange: (event: Event) => session.change({ [name]: (event.target as HTMLInputElement).value.trim() }),
      }),
      h("p", { class: "wrong-note" }),
    );
  const about = found
    ? [found.format.toUpperCase(), found.encoding, found.sheet].filter(Boolean).join(", ")
    : "";
  const open = Object.keys(options).some((name) =>
    ["layout", "delimiter", "decimal", "date_format", "sheet", "frequency", "timezone", "repair"].includes(name),
  );
  return h(
    "details",
    { class: "reading", ...(open ? { open: true } : {}) },
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
      choice("repair", "Dates out of order or repeated", [["", "refuse the series"], ["true", "repair them"]]),
    ),
  );
}
