/** From the documents of the service to typed arrays, which the chart draws. */

import { METHODS } from "./types";
import { pack } from "./windows";
import type {
  Answers, Backtest, Band, ErrorDetail, Explained, Failed, Forecasts, Line, Method, SeriesAbout, SeriesBacktest,
  Understood, UnreadableSeries,
} from "./types";

type Numbers = readonly (number | null)[];
interface Raw {
  readonly id: string | null;
  readonly target?: string;
  readonly error?: ErrorDetail;
}
interface Times {
  readonly timestamps: readonly string[] | null;
  readonly steps: readonly number[] | null;
}
type Intervals = Record<string, { lower: Numbers; upper: Numbers }>;

export function understood(document: Omit<Understood, "series"> & { series: Raw[] }): Understood {
  const series = document.series.map((item): SeriesAbout | UnreadableSeries => {
    if (item.error) {
      return named(item) as unknown as UnreadableSeries;
    }
    const { history, ...about } = named(item) as unknown as SeriesAbout & {
      history: Times & { values: Numbers; covariates: Record<string, Numbers> };
    };
    const beside = Object.entries(history.covariates).map(([name, y]) => ({ name, y: floats(y) }));
    return { ...about, line: line(history, history.values), beside };
  });
  return { ...document, series };
}

export function forecasts(document: Omit<Forecasts, "series"> & { forecasts: Raw[] }): Forecasts {
  const series = document.forecasts.map((item) => {
    if (item.error) {
      return named(item) as unknown as Failed;
    }
    const { id, frequency, notes, point, intervals, ...times } = named(item) as unknown as Times & {
      id: string | null;
      frequency: string | null;
      notes: [];
      point: Numbers;
      intervals: Intervals;
    };
    return { id, frequency, notes, line: line(times, point), bands: bands(intervals) };
  });
  return { model: document.model, version: document.version, series };
}

export function backtest(document: Omit<Backtest, "series"> & { series: Raw[] }): Backtest {
  return { ...document, series: document.series.map(seriesBacktest) };
}

export function explained(document: { forecasts: Raw[] }): Answers["explain"] {
  const series = document.forecasts.map((item) => {
    if (item.error) {
      return named(item) as unknown as Failed;
    }
    const { id, frequency, point, explanation } = named(item) as unknown as {
      id: string | null;
      frequency: string | null;
      point: Numbers;
      explanation: Pick<Explained, "form" | "stretches"> & {
        components: { kind: string; name: string; values: Numbers }[];
      };
    };
    const components = explanation.components.map((one) => ({ ...one, values: floats(one.values) }));
    return { id, frequency, point: floats(point), ...explanation, components };
  });
  return { series };
}

export function compared(document: { level: number; series: Raw[] }): Answers["anomalies"] {
  const series = document.series.map((item) => {
    if (item.error) {
      return named(item) as unknown as Failed;
    }
    const { id, frequency, index, expected, lower, upper, anomalies } = named(item) as unknown as {
      id: string | null;
      frequency: string | null;
      index: number[];
      expected: Numbers;
      lower: Numbers;
      upper: Numbers;
      anomalies: number[];
    };
    return {
      id,
      frequency,
      first: index[0] ?? 0,
      expected: floats(expected),
      lower: floats(lower),
      upper: floats(upper),
      anomalies,
    };
  });
  return { level: document.level, series };
}

interface RawWindow {
  cutoff: number;
  actual: Numbers;
  forecasts: Record<Method, { point: Numbers; intervals: Intervals }>;
}

function seriesBacktest(item: Raw): SeriesBacktest | Failed {
  if (item.error) {
    return named(item) as unknown as Failed;
  }
  const { windows, ...found } = named(item) as unknown as Omit<SeriesBacktest, "packed"> & {
    windows: RawWindow[];
  };
  const read = windows.map(({ cutoff, actual, forecasts: made }) => ({
    cutoff,
    actual: floats(actual),
    points: Object.fromEntries(METHODS.map((name) => [name, floats(made[name].point)])) as Record<
      Method,
      Float64Array
    >,
    bands: bands(made.model.intervals),
  }));
  return { ...found, packed: pack(read) };
}

/** One of several targets of a series is called by both: `shop · sales`. */
function named(item: Raw): Raw {
  return item.target ? { ...item, id: [item.id, item.target].filter(Boolean).join(" · ") } : item;
}

function line({ timestamps, steps }: Times, values: Numbers): Line {
  const y = floats(values);
  if (timestamps) {
    const x = Float64Array.from(timestamps, instant);
    return { clock: "dates", x, y, offset: offset(timestamps.at(-1) ?? "") };
  }
  if (steps) {
    return { clock: "steps", x: Float64Array.from(steps), y, offset: 0 };
  }
  return { clock: "positions", x: Float64Array.from(y, (_, n) => n + 1), y, offset: 0 };
}

/** The widest band first. */
function bands(intervals: Intervals): Band[] {
  return Object.entries(intervals)
    .map(([level, { lower, upper }]) => ({ level, lower: floats(lower), upper: floats(upper) }))
    .sort((one, other) => Number(other.level) - Number(one.level));
}

function floats(values: Numbers): Float64Array {
  return Float64Array.from(values, (value) => value ?? Number.NaN);
}

const ZONE = /([+-])(\d\d):(\d\d)$/;

/** Seconds since 1970 of a timestamp; one without an offset is taken as if it were in UTC. */
function instant(timestamp: string): number {
  const zoned = timestamp.length > 19 && (timestamp.endsWith("Z") || ZONE.test(timestamp));
  return Date.parse(zoned ? timestamp : `${timestamp}Z`) / 1000;
}

function offset(timestamp: string): number {
  const [, sign, hours, minutes] = ZONE.exec(timestamp) ?? [];
  if (!hours || timestamp.length <= 19) {
    return 0;
  }
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}
