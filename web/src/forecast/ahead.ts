/** Files that go on after the last value: what else is known there is used at once, and can be taken back. */

import type { Fields } from "../address";
import { fill, h } from "../dom";
import { count, steps } from "../format";
import { call } from "../service/calls";
import { ServiceProblem } from "../service/problem";
import type { Understood } from "../service/types";
import { fieldsOf, optionsIn } from "./options";
import { MOST_OFFERED, offer } from "./panels/notes";
import type { Session } from "./session";

/** So many series are described to find out which columns are known ahead, which is the same for all. */
const FEW_SERIES = "10";

export class Ahead {
  readonly element = h("div");
  private searched = false;
  /** The columns that have values after the last one of the series, and for how many steps. */
  private columns: readonly string[] = [];
  private length = 0;
  /** What the options were before columns were used without being asked for. */
  private before: Fields | null = null;

  constructor(private readonly session: Session) {}

  /** Look for such columns once the series are known, and use them if all series can be forecast with them. */
  async update(): Promise<void> {
    const { answer, loading } = this.session.inspect;
    const length = answer && !loading ? emptyEnd(answer) : 0;
    if (answer && length && !this.searched && !this.session.options["covariates"]) {
      this.searched = true;
      this.length = length;
      this.columns = await this.find(answer);
      const fits = this.columns.length > 0 && (await this.canUse(this.columns));
      if (fits && this.element.isConnected && this.session.inspect.answer === answer) {
        this.before = this.session.options;
        this.use(this.columns);
      }
    }
    this.show();
  }

  /** Which of the columns that have no use so far are known ahead. */
  private async find({ table }: Understood): Promise<string[]> {
    const unused = (table?.layout === "wide" ? [] : (table?.columns ?? [])).filter((column) => column.taken_for === null);
    const found: string[] = [];
    for (const { name } of unused.slice(0, MOST_OFFERED)) {
      const options = optionsIn({ ...this.session.options, calendar: "", covariates: name });
      const fields = { ...fieldsOf("inspect", options, true), values: "true", max_series: FEW_SERIES };
      const answer = await this.attempt("inspect", fields);
      if (answer?.series.some((series) => !series.error && series.covariates.some((one) => one.known_ahead))) {
        found.push(name);
      }
    }
    return found;
  }

  private async canUse(columns: readonly string[]): Promise<boolean> {
    const options = { ...this.session.options, ...this.changes(columns) };
    const answer = await this.attempt("predict", fieldsOf("predict", options, true));
    return answer?.series.every(({ error }) => !error) ?? false;
  }

  /** What the service answers, or null if it refuses. */
  private async attempt<Name extends "inspect" | "predict">(operation: Name, fields: Fields) {
    try {
      return await call(operation, this.session.source, fields, this.session.stopped);
    } catch (error) {
      if (error instanceof ServiceProblem) {
        return null;
      }
      throw error;
    }
  }

  private use(columns: readonly string[]): void {
    this.session.change(this.changes(columns));
  }

  /** The options with which the forecast begins after the last value, and ends where the rows of the file do. */
  private changes(columns: readonly string[]): Fields {
    const { covariates, horizon } = this.session.options;
    const shorter = horizon && Number(horizon) <= this.length ? horizon : String(this.length);
    return { covariates: [covariates, ...columns].filter(Boolean).join(), horizon: shorter };
  }

  private undo(before: Fields): void {
    this.before = null;
    this.session.change({ covariates: "", horizon: before["horizon"] ?? "" });
  }

  private show(): void {
    const { options, inspect, series } = this.session;
    const used = options["covariates"]?.split(",") ?? [];
    const { before, columns } = this;
    const unused = columns.filter((name) =>
      inspect.answer?.table?.columns.some((column) => column.name === name && column.taken_for === null),
    );
    if (before && columns.every((name) => used.includes(name))) {
      const known = `${columns.join(" and ")} ${columns.length === 1 ? "is" : "are"} known`;
      const end = steps(this.length, series?.frequency);
      fill(this.element, h(
        "div",
        { class: "row ahead" },
        h("span", { class: "quiet" }, `${known} for the ${end} after the last value, so these are forecast.`),
        h("button", { type: "button", id: "not-ahead", onclick: () => this.undo(before) }, "Undo"),
      ));
    } else if (inspect.answer && unused.length && emptyEnd(inspect.answer)) {
      fill(this.element, h(
        "div",
        { class: "problem asks" },
        h("h3", {}, `The last ${count(this.length, "step")} have no value`),
        h("p", {}, "They count as missing, and the forecast begins after them. With what else is known there, it can begin right after the last value, and go by it."),
        h("div", { class: "row" }, unused.map((name) => offer(`${name} is known there`, () => this.use([name])))),
      ));
    } else {
      fill(this.element);
    }
  }
}

/** How many steps at the end have no value, in all series. */
function emptyEnd({ series }: Understood): number {
  const ends = series.flatMap((one) =>
    one.error ? [] : [one.line.y.length - 1 - one.line.y.findLastIndex((value) => !Number.isNaN(value))],
  );
  return ends.length ? Math.min(...ends) : 0;
}
