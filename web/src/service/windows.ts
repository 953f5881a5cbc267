/** The windows of a backtest, packed for the way from the worker to the page.
 *
 * A thousand series have tens of thousands of short arrays: as one array for each series they come
 * across without holding up the page.
 */

import { METHODS, type Band, type Method, type Packed, type Window } from "./types";

/** Put windows of the same length and the same bands into one array, one after the other. */
export function pack(windows: readonly Window[]): Packed {
  const rows = windows.flatMap(({ actual, points, bands }) => [
    actual,
    ...METHODS.map((method) => points[method]),
    ...bands.flatMap(({ lower, upper }) => [lower, upper]),
  ]);
  const horizon = windows[0]?.actual.length ?? 0;
  const numbers = new Float64Array(rows.length * horizon);
  rows.forEach((row, n) => numbers.set(row, n * horizon));
  return {
    cutoffs: windows.map(({ cutoff }) => cutoff),
    levels: windows[0]?.bands.map(({ level }) => level) ?? [],
    numbers,
    horizon,
  };
}

/** Return the windows that `pack` was given; their arrays share the memory of `numbers`. */
export function unpack({ cutoffs, levels, numbers, horizon }: Packed): Window[] {
  let at = 0;
  const next = () => {
    at += horizon;
    return numbers.subarray(at - horizon, at);
  };
  return cutoffs.map((cutoff) => {
    const actual = next();
    const points = Object.fromEntries(METHODS.map((method) => [method, next()]));
    const bands = levels.map((level): Band => ({ level, lower: next(), upper: next() }));
    return { cutoff, actual, points: points as Record<Method, Float64Array>, bands };
  });
}
