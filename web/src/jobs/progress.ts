/** How far a job has come, in words and as a share. */

import { count, number } from "../format";

export interface Progress {
  readonly epoch?: number;
  readonly epochs?: number;
  readonly val_loss?: number | null;
  readonly trial?: number;
  readonly trials?: number;
  readonly window?: number;
  readonly windows?: number;
  readonly series_done?: number;
  readonly series?: number | null;
  readonly rows_done?: number;
  readonly rows?: number;
  readonly seconds_left: number | null;
}

/** The share of a job that is done, from 0 to 1. */
export function shareOf({ epoch, epochs, window, windows, rows_done, rows }: Progress): number {
  const done = epoch ?? window ?? rows_done ?? 0;
  return done / (epochs ?? windows ?? rows ?? 1) || 0;
}

/** What is done of how much, and how long the rest takes. */
export function progressInWords(progress: Progress): string {
  const { epoch, epochs, val_loss, window, windows, seconds_left } = progress;
  const left = seconds_left === null ? "" : `${Math.ceil(seconds_left)} s left`;
  if (epochs !== undefined) {
    const loss = val_loss == null ? "" : `loss ${val_loss.toPrecision(3)}`;
    const trial = progress.trial ? `Trial ${progress.trial} of ${progress.trials}` : "";
    return listed(trial, `${trial ? "epoch" : "Epoch"} ${epoch} of ${epochs}`, loss, left && `at most ${left}`);
  }
  if (windows !== undefined) {
    return listed(`Window ${window} of ${windows}`, left && `about ${left}`);
  }
  return listed(seriesInWords(progress), rowsInWords(progress), left && `about ${left}`);
}

function seriesInWords({ series_done = 0, series }: Progress): string {
  const all = series == null ? "series" : `of ${count(series, "series", "series")}`;
  return `${number(series_done)} ${all}`;
}

function rowsInWords({ rows_done = 0, rows = 0 }: Progress): string {
  return `${number(rows_done)} of ${count(rows, "row")}`;
}

function listed(...parts: string[]): string {
  return parts.filter(Boolean).join(", ");
}
