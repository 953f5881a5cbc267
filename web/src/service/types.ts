/** What the service answers, and what the worker makes of it for the page. */

export interface Note {
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

export interface ErrorDetail {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** A problem document (RFC 9457); `status` is 0 if the service could not be reached. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly errors: readonly ErrorDetail[];
  readonly request_id?: string;
  /** Seconds after which to try again, if the service said so. */
  readonly retryAfter?: number;
}

/** What counts the steps: instants in seconds, numbers of the file's own, or positions from 1. */
export type Clock = "dates" | "steps" | "positions";

/** Values at times. A missing value is NaN. */
export interface Line {
  readonly clock: Clock;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** What the wall clock is ahead of UTC, in seconds. */
  readonly offset: number;
}

export interface Column {
  readonly name: string;
  readonly looks_like: string;
  readonly taken_for: string | null;
}

export interface Table {
  readonly format: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly decimal?: string;
  readonly header_line?: number;
  readonly sheet?: string;
  readonly layout: string;
  readonly columns: readonly Column[];
}

export interface SeriesAbout {
  readonly id: string | null;
  readonly observed: number;
  readonly missing: number;
  readonly lowest: number;
  readonly highest: number;
  readonly start: string | null;
  readonly end: string | null;
  readonly frequency: string | null;
  readonly seasons: readonly { readonly length: number; readonly strength: number }[];
  readonly covariates: readonly { readonly name: string; readonly known_ahead: boolean }[];
  readonly notes: readonly Note[];
  readonly line: Line;
  /** What else is known, beside the values. */
  readonly beside: readonly { readonly name: string; readonly y: Float64Array }[];
  readonly error?: undefined;
}

export interface UnreadableSeries {
  readonly id: string | null;
  readonly error: ErrorDetail;
  readonly repairs: readonly Note[] | null;
}

export interface Understood {
  readonly table: Table | null;
  readonly error: ErrorDetail | null;
  readonly notes: readonly Note[];
  readonly model: string;
  readonly version: number;
  readonly count: number;
  readonly unreadable: number;
  readonly frequencies: Readonly<Record<string, number>>;
  readonly training: { readonly makes_sense: boolean; readonly detail: string };
  readonly series: readonly (SeriesAbout | UnreadableSeries)[];
}

export interface Band {
  readonly level: string;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface Forecast {
  readonly id: string | null;
  readonly frequency: string | null;
  /** The point forecast; the x of `positions` goes on from 1 after the last value. */
  readonly line: Line;
  /** The widest first. */
  readonly bands: readonly Band[];
  readonly notes: readonly Note[];
  readonly error?: undefined;
}

export interface Failed {
  readonly id: string | null;
  readonly error: ErrorDetail;
}

export interface Forecasts {
  readonly model: string;
  readonly version: number;
  readonly series: readonly (Forecast | Failed)[];
}

export interface Scores {
  readonly mase: number | null;
  readonly smape: number | null;
  readonly rmse: number | null;
  readonly wql: number | null;
  readonly coverage: Readonly<Record<string, number | null>>;
}

export const METHODS = ["model", "seasonal_naive", "theta"] as const;
export type Method = (typeof METHODS)[number];
export type MethodScores = Readonly<Record<Method, Scores>>;

export interface Window {
  /** How many values come before it. */
  readonly cutoff: number;
  readonly actual: Float64Array;
  readonly points: Readonly<Record<Method, Float64Array>>;
  /** The model's. */
  readonly bands: readonly Band[];
}

/** Windows in one array: of each, the actual values, the points of METHODS, and the bands. */
export interface Packed {
  readonly cutoffs: readonly number[];
  readonly levels: readonly string[];
  readonly horizon: number;
  readonly numbers: Float64Array;
}

export interface SeriesBacktest {
  readonly id: string | null;
  readonly frequency: string | null;
  readonly season_length: number;
  readonly scores: MethodScores;
  readonly packed: Packed;
  readonly notes: readonly Note[];
  readonly error?: undefined;
}

export interface Backtest {
  readonly model: string;
  readonly version: number;
  readonly horizon: number;
  readonly windows: number;
  readonly overall: MethodScores;
  readonly series: readonly (SeriesBacktest | Failed)[];
}

/** What a part of the forecast adds, or by which factor it changes it, at each step. */
export interface Component {
  readonly kind: string;
  readonly name: string;
  readonly values: Float64Array;
}

/** Why a forecast is what it is. */
export interface Explained {
  readonly id: string | null;
  readonly frequency: string | null;
  readonly form: "additive" | "multiplicative";
  readonly point: Float64Array;
  readonly components: readonly Component[];
  /** Parts of the past, and how far the forecast would move without each. */
  readonly stretches: readonly {
    readonly start: number;
    readonly end: number;
    readonly effect: number | null;
  }[];
  readonly error?: undefined;
}

/** The values of a series, compared with what was expected of each before it came. */
export interface Compared {
  readonly id: string | null;
  readonly frequency: string | null;
  /** The position of the first value that was compared. */
  readonly first: number;
  readonly expected: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** The positions of the values outside their band. */
  readonly anomalies: readonly number[];
  readonly error?: undefined;
}

export interface Answers {
  inspect: Understood;
  predict: Forecasts;
  backtest: Backtest;
  explain: { readonly series: readonly (Explained | Failed)[] };
  anomalies: { readonly level: number; readonly series: readonly (Compared | Failed)[] };
}
export type Operation = keyof Answers;

/** What the page asks the worker. */
export type Order =
  | {
      readonly id: number;
      readonly root: string;
      readonly key: string;
      readonly operation: Operation;
      readonly file: Blob;
      readonly name: string;
      readonly fields: Readonly<Record<string, string>>;
    }
  | { readonly id: number; readonly cancel: true };

/** What the worker replies: the series of an answer in parts, and at last the answer without them. */
export type Reply =
  | { readonly id: number; readonly part: readonly unknown[] }
  | { readonly id: number; readonly answer: Omit<Answers[Operation], "series"> }
  | { readonly id: number; readonly problem: Problem };
