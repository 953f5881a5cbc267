/** What the chart draws: the values of a series, its forecast, and forecasts of its past. */

import { unpack } from "../service/windows";
import type { Band, Clock, Compared, Explained, Forecast, SeriesAbout, SeriesBacktest } from "../service/types";

export type Kind = "history" | "forecast" | "baseline" | "expected" | "edge";

export interface Track {
  readonly label: string;
  readonly kind: Kind;
  readonly y: (number | null)[];
}

export interface Picture {
  readonly name: string;
  readonly clock: Clock;
  readonly frequency: string | null;
  /** What the wall clock is ahead of UTC, in seconds. */
  readonly offset: number;
  readonly x: number[];
  readonly tracks: Track[];
  /** The tracks between which an area is filled. */
  readonly areas: { readonly upper: number; readonly lower: number }[];
  /** Where forecasts begin. */
  readonly cutoffs: number[];
  /** Values that stand out, as positions. */
  readonly marks: readonly number[];
  /** Parts of the past that are shaded, the more the more they weigh (0 to 1). */
  readonly shades: readonly { readonly from: number; readonly to: number; readonly weight: number }[];
  /** What else is known, each drawn in a strip of its own. */
  readonly beside: SeriesAbout["beside"];
  /** What is shown at first: the latest past and the forecast. */
  readonly recent: readonly [from: number, to: number];
}

/** What is shown of the past beside its values; each may be null. */
export interface Beside {
  readonly hindcasts: SeriesBacktest | null;
  readonly compared: Compared | null;
  readonly explained: Explained | null;
}

const FEWEST_RECENT = 100;

export function picture(
  series: SeriesAbout,
  forecast: Forecast | null,
  { hindcasts, compared, explained }: Beside,
): Picture {
  const { line } = series;
  const known = line.x.length;
  const ahead = forecast ? forecast.line.x : new Float64Array();
  const shift = line.clock === "positions" ? known : 0;
  const x = [...line.x, ...Array.from(ahead, (value) => value + shift)];
  const blank = () => new Array<number | null>(x.length).fill(null);
  const past = blank();
  line.y.forEach((value, n) => {
    past[n] = Number.isNaN(value) ? null : value;
  });
  const tracks: Track[] = [{ label: "Observed", kind: "history", y: past }];
  const areas: { upper: number; lower: number }[] = [];
  const cutoffs: number[] = [];

  /** Add values from a position on, joined to the value before them. */
  function add(label: string, kind: Kind, from: number, values: Float64Array): number {
    const y = blank();
    y[from - 1] = past[from - 1] ?? null;
    values.forEach((value, n) => {
      y[from + n] = value;
    });
    tracks.push({ label, kind, y });
    return tracks.length - 1;
  }

  function addForecast(label: string, from: number, point: Float64Array, bands: readonly Band[]) {
    for (const { level, lower, upper } of bands) {
      const low = add(`${level}% from`, "edge", from, lower);
      areas.push({ lower: low, upper: add(`${level}% to`, "edge", from, upper) });
    }
    add(label, "forecast", from, point);
    cutoffs.push(((x[from - 1] ?? 0) + (x[from] ?? 0)) / 2);
  }

  const windows = hindcasts ? unpack(hindcasts.packed) : [];
  for (const window of windows) {
    if (window.cutoff + window.actual.length <= known) {
      add("The season before", "baseline", window.cutoff, window.points.seasonal_naive);
      addForecast("Would have said", window.cutoff, window.points.model, window.bands);
    }
  }
  if (compared) {
    const { first, expected, lower, upper } = compared;
    const low = add("Band from", "edge", first, lower);
    areas.push({ lower: low, upper: add("Band to", "edge", first, upper) });
    add("Expected", "expected", first, expected);
  }
  if (forecast) {
    addForecast("Forecast", known, forecast.line.y, forecast.bands);
  }
  const first = windows[0]?.cutoff ?? known;
  const marked = known - (compared?.anomalies.at(-1) ?? known);
  const length = Math.max(FEWEST_RECENT, 5 * ahead.length, 2 * (known - first), 1.2 * marked);
  return {
    name: series.id ?? "",
    clock: line.clock,
    frequency: series.frequency,
    offset: line.offset,
    x,
    tracks,
    areas,
    cutoffs,
    beside: series.beside,
    marks: compared?.anomalies ?? [],
    shades: explained ? shades(explained, x) : [],
    recent: [x[Math.max(0, Math.round(known - length))] ?? 0, x.at(-1) ?? 1],
  };
}

function shades({ stretches }: Explained, x: readonly number[]): Picture["shades"] {
  const most = Math.max(...stretches.map(({ effect }) => effect ?? 0));
  return stretches.flatMap(({ start, end, effect }) => {
    const [from, to] = [x[start], x[end]];
    return effect && from !== undefined && to !== undefined ? [{ from, to, weight: effect / most }] : [];
  });
}
