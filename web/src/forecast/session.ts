/** A file on the page, the options chosen for it, and what the service has said about it. */

import { replaceParams, type Fields } from "../address";
import { call, problemOf, type Upload } from "../service/calls";
import { patiently } from "../service/patience";
import type {
  Answers, Compared, Explained, Failed, Forecast, Operation, Problem, SeriesAbout, SeriesBacktest,
} from "../service/types";
import { isUndecided, wholeSeasons } from "./horizon";
import { concerns, fieldsOf, MOST_SERIES, optionsIn } from "./options";

export interface Source extends Upload {
  /** The name of a sample of the page; a file of the user's own has none. */
  readonly sample?: string;
}

/** How a request stands. The last answer stays while the next one is awaited. */
export interface Task<Answer> {
  answer: Answer | null;
  /** The options that were answered. */
  asked: Fields;
  problem: Problem | null;
  loading: boolean;
  /** Why the page waits before it asks again, if it does. */
  waiting: { readonly problem: Problem; readonly seconds: number } | null;
}

export type Change = Operation | "selection" | "tab";
export const TABS = [
  "understood", "quality", "why", "unusual", "values", "code", "train",
] as const;
export type Tab = (typeof TABS)[number];
/** What a tab asks the service once it is opened. */
export const REQUEST_OF_TAB: Partial<Record<Tab, Operation>> = {
  quality: "backtest",
  why: "explain",
  unusual: "anomalies",
};
const OPERATIONS = ["inspect", "predict", "backtest", "explain", "anomalies"] as const;

const SOON_MS = 120;
/** So many series are described at first, so that the first chart comes soon. */
const FIRST_SERIES = 60;

export class Session {
  readonly inspect = idle<Answers["inspect"]>();
  readonly predict = idle<Answers["predict"]>();
  readonly backtest = idle<Answers["backtest"]>();
  readonly explain = idle<Answers["explain"]>();
  readonly anomalies = idle<Answers["anomalies"]>();
  options: Fields;
  selected = 0;
  tab: Tab;
  private wanted: string | undefined;
  /** Settled once the first series are described, or cannot be. */
  private described: Promise<unknown> = Promise.resolve();
  private readonly running = new Map<Operation, AbortController>();
  private readonly timers = new Map<Operation, number>();
  private readonly left = new AbortController();
  private readonly listeners: ((change: Change) => void)[] = [];

  constructor(readonly source: Source, params: Fields) {
    this.options = optionsIn(params);
    this.wanted = params["series"];
    this.tab = TABS.find((tab) => tab === params["tab"]) ?? "understood";
  }

  listen(listener: (change: Change) => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.remember();
    this.ask("inspect");
    this.ask("predict");
    if (this.request) {
      this.ask(this.request);
    }
  }

  stop(): void {
    this.left.abort();
    OPERATIONS.forEach((operation) => this.cancel(operation));
  }

  /** Aborted once another file is open. */
  get stopped(): AbortSignal {
    return this.left.signal;
  }

  /** Change options; an empty text takes an option back. What they change is asked anew, soon. */
  change(changes: Fields): void {
    const before = this.options;
    this.options = optionsIn({ ...before, ...changes });
    this.remember();
    for (const operation of OPERATIONS.filter((one) => concerns(one, before, this.options))) {
      if (operation === "inspect" || operation === "predict" || operation === this.request) {
        this.askSoon(operation);
      } else {
        this.cancel(operation);
        Object.assign(this[operation], idle());
        this.tell(operation);
      }
    }
  }

  select(index: number): void {
    this.selected = index;
    this.wanted = undefined;
    this.remember();
    this.tell("selection");
  }

  open(tab: Tab): void {
    this.tab = tab;
    this.remember();
    const request = this.request;
    if (request && !this[request].answer && !this[request].loading) {
      this.ask(request);
    }
    this.tell("tab");
  }

  ask(operation: Operation): void {
    this.cancel(operation);
    const controller = new AbortController();
    this.running.set(operation, controller);
    void this.run(operation, controller.signal);
  }

  fields(operation: Operation): Fields {
    return fieldsOf(operation, this.complete, (this.inspect.answer?.count ?? 1) > 1);
  }

  /** The options, with a horizon that fits the series if none was chosen. */
  private get complete(): Fields {
    const { answer } = this.inspect;
    return answer && isUndecided(this.options) ? { ...this.options, ...wholeSeasons(answer) } : this.options;
  }

  get series(): SeriesAbout | null {
    const found = this.inspect.answer?.series[this.selected];
    return found && !found.error ? found : null;
  }

  get forecast(): Forecast | null {
    return this.forecastOf(this.selected);
  }

  get hindcasts(): SeriesBacktest | null {
    return this.found("backtest", this.backtest.answer?.series[this.selected]);
  }

  get explained(): Explained | null {
    return this.found("explain", this.explain.answer?.series[this.selected]);
  }

  get compared(): Compared | null {
    return this.found("anomalies", this.anomalies.answer?.series[this.selected]);
  }

  forecastOf(index: number): Forecast | null {
    return this.found("predict", this.predict.answer?.series[index]);
  }

  /** What was answered about a series, if the file was read as the series on the page were. */
  private found<About extends { readonly error?: undefined }>(
    operation: Operation,
    about: About | Failed | undefined,
  ): About | null {
    const same = !concerns("inspect", this[operation].asked, this.inspect.asked);
    return same && about && !about.error ? (about as About) : null;
  }

  /** What the tab that is open asks. */
  private get request(): Operation | undefined {
    return REQUEST_OF_TAB[this.tab];
  }

  private async run(operation: Operation, signal: AbortSignal): Promise<void> {
    const task: Task<unknown> = this[operation];
    const asked = this.options;
    task.loading = true;
    this.tell(operation);
    try {
      const answered = this.send(operation, signal).then((answer) => Object.assign(task, { answer, asked }));
      if (operation === "inspect") {
        this.described = answered.catch(() => undefined);
      }
      await answered;
      task.problem = null;
      if (operation === "inspect" && this.inspect.answer && this.inspect.answer.count > FIRST_SERIES) {
        this.find();
        this.tell(operation);
        task.answer = await this.send(operation, signal, MOST_SERIES);
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      task.problem = problemOf(error);
    }
    if (signal.aborted) {
      return;
    }
    task.loading = false;
    task.waiting = null;
    if (operation === "inspect") {
      this.find();
    }
    this.tell(operation);
  }

  /** Send the file. Of many series, a bad one never fails the others. */
  private async send(operation: Operation, signal: AbortSignal, most = FIRST_SERIES): Promise<unknown> {
    if (operation !== "inspect" && isUndecided(this.options)) {
      await this.described;
      signal.throwIfAborted();
    }
    const fields = fieldsOf(operation, this.complete, true);
    const sent =
      operation === "inspect" ? { ...fields, values: "true", max_series: String(most) } : fields;
    return patiently(
      () => call(operation, this.source, sent, signal),
      signal,
      (problem, seconds) => {
        if (!signal.aborted) {
          this[operation].waiting = { problem, seconds };
          this.tell(operation);
        }
      },
    );
  }

  /** Select the series that the address names, once the series are known. */
  private find(): void {
    const series = this.inspect.answer?.series ?? [];
    if (this.wanted !== undefined) {
      const index = series.findIndex((item) => item.id === this.wanted);
      this.selected = Math.max(index, 0);
      if (index >= 0) {
        this.wanted = undefined;
      }
    }
    if (this.selected >= series.length) {
      this.selected = 0;
    }
  }

  private askSoon(operation: Operation): void {
    clearTimeout(this.timers.get(operation));
    this.timers.set(operation, window.setTimeout(() => this.ask(operation), SOON_MS));
  }

  private cancel(operation: Operation): void {
    clearTimeout(this.timers.get(operation));
    this.running.get(operation)?.abort();
  }

  private tell(change: Change): void {
    for (const listener of this.listeners) {
      listener(change);
    }
  }

  private remember(): void {
    const id = this.wanted ?? (this.selected ? this.inspect.answer?.series[this.selected]?.id : null);
    const { sample, name } = this.source;
    replaceParams({
      ...(sample ? { sample } : { file: name }),
      ...(id ? { series: id } : {}),
      ...(this.tab === "understood" ? {} : { tab: this.tab }),
      ...this.options,
    });
  }
}

function idle<Answer>(): Task<Answer> {
  return { answer: null, asked: {}, problem: null, loading: false, waiting: null };
}
