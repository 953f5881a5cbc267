/** What was understood of the file, with the choices to correct it. */

import { h } from "../../dom";
import { count, moment, number, span, steps } from "../../format";
import type { ErrorDetail, Note, SeriesAbout, UnreadableSeries } from "../../service/types";
import { excerpt } from "../excerpt";
import { codeLine } from "../problems";
import type { Session } from "../session";
import { inPageWords } from "../words";
import { columnsTable } from "./columns";
import { noteList, offers } from "./notes";
import { readingFields } from "./reading";

type Content = Parameters<typeof h>[2];

export function understoodPanel(session: Session): Content {
  const { answer } = session.inspect;
  if (!answer) {
    return session.inspect.loading ? h("p", { class: "quiet" }, "Reading the file …") : null;
  }
  const series = session.series;
  const unreadable = answer.series[session.selected];
  return [
    answer.error ? unclear(session, answer.error) : null,
    series ? summary(series) : null,
    unreadable?.error ? broken(session, unreadable) : null,
    series ? notes(session, "What was done to this series", series.notes) : null,
    notes(session, "What was assumed to read the file", answer.notes),
    answer.table ? columnsTable(session, answer.table) : null,
    readingFields(session, answer.table),
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

function notes(session: Session, title: string, list: readonly Note[]): Content {
  return list.length
    ? [h("h3", {}, title), noteList(session, list)]
    : null;
}

function unclear(session: Session, error: ErrorDetail): Content {
  return h(
    "div",
    { class: "problem asks", role: "alert" },
    h("h3", {}, "One thing to settle first"),
    h("p", {}, inPageWords(error.detail)),
    offers(session, error.detail),
    late(excerpt(session, error)),
  );
}

function broken(session: Session, item: UnreadableSeries): Content {
  const problem = { status: 0, title: "", detail: "", code: item.error.code, errors: [item.error] };
  const repair = () => session.change({ repair: "true" });
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h3", {}, "This series cannot be forecast as it is"),
    h("p", {}, inPageWords(item.error.detail)),
    offers(session, item.error.detail),
    h("p", { class: "quiet" }, codeLine(problem)),
    late(excerpt(session, item.error)),
    item.repairs
      ? [
          h("p", {}, "It can be repaired:"),
          noteList(session, item.repairs),
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
