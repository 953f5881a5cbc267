/** "How good is it?": what the forecasts of the past would have been, in words and in scores. */

import { h, table } from "../../dom";
import { count, number, percent, score, span, steps } from "../../format";
import { METHODS, type Method, type MethodScores, type SeriesBacktest } from "../../service/types";
import { unpack } from "../../service/windows";
import { problemBox } from "../problems";
import type { Session } from "../session";
import { inPageWords } from "../words";

type Content = Parameters<typeof h>[2];

/** How far a method was off over all windows of a series. */
export interface Miss {
  /** The mean of the absolute errors, in the unit of the series. */
  readonly absolute: number;
  /** The same as a share of the mean of the absolute values; null if they are all zero. */
  readonly share: number | null;
}

/** Misses that differ by a smaller share than this are called alike. */
const ALIKE = 0.02;

export function qualityPanel(session: Session): Content {
  const { answer, loading, problem, waiting } = session.backtest;
  const windows = h("input", {
    type: "number",
    id: "windows",
    min: 1,
    max: 50,
    value: session.options["windows"] ?? "3",
    oninput: (event: Event) => session.change({ windows: (event.target as HTMLInputElement).value }),
  });
  const settings = h(
    "div",
    { class: "row" },
    h("label", { for: "windows" }, "Forecasts of the past"),
    windows,
    loading ? h("span", { class: "quiet" }, "Forecasting the past …") : null,
  );
  if (problem || waiting) {
    return [settings, problemBox(session.backtest, () => session.ask("backtest"))];
  }
  if (!answer) {
    return settings;
  }
  const found = answer.series[session.selected];
  if (found?.error) {
    return [settings, h("div", { class: "problem" }, h("p", {}, inPageWords(found.error.detail)))];
  }
  const many = answer.series.length > 1;
  return [
    found ? verdict(found, answer.horizon) : null,
    settings,
    found ? scoreTable(found.scores, found, many ? `Scores of ${found.id ?? "this series"}` : "Scores") : null,
    many ? [h("h3", {}, `All ${answer.series.length} series together`), scoreTable(answer.overall, null, "Scores of all series")] : null,
    explained(),
  ];
}

/** How far the method was off, counted over the windows whose actual values are known. */
export function miss(found: SeriesBacktest, method: Method): Miss {
  let [error, size, known] = [0, 0, 0];
  for (const { actual, points } of unpack(found.packed)) {
    actual.forEach((value, n) => {
      if (!Number.isNaN(value)) {
        error += Math.abs(value - (points[method][n] ?? 0));
        size += Math.abs(value);
        known += 1;
      }
    });
  }
  return { absolute: error / known, share: size > 0 ? error / size : null };
}

function verdict(found: SeriesBacktest, horizon: number): Content {
  const windows = found.packed.cutoffs.length;
  const ours = miss(found, "model");
  const naive = miss(found, "seasonal_naive");
  const theta = miss(found, "theta");
  const text = ({ absolute, share }: Miss) => (share === null ? number(absolute) : percent(share));
  const [known, it] = found.season_length > 1
    ? [`the values of ${span(found.season_length, found.frequency)} before`, "them"]
    : ["the last value", "it"];
  const joined = ours.absolute < naive.absolute === ours.absolute < theta.absolute ? "and" : "but";
  const judgement = `The model is ${beside(ours, naive)} repeating ${it}, ${joined} ${beside(ours, theta)} Theta.`;
  return h(
    "div",
    { class: "verdict" },
    h("p", { class: "big" }, "Off by ", h("b", {}, text(ours)), " on average."),
    h(
      "p",
      {},
      `${count(windows, "forecast")} of ${steps(horizon, found.frequency)} ` +
        `${windows === 1 ? "was" : "were"} made of the latest past, each from the values before it. ` +
        `Repeating ${known} would have been off by ${text(naive)}, and Theta, a statistical method, by ${text(theta)}. `,
      h("b", {}, judgement),
    ),
    covered(found),
  );
}

/** How one method did beside another: `12% closer than`. */
function beside(ours: Miss, theirs: Miss): string {
  const better = 1 - ours.absolute / theirs.absolute;
  if (better > ALIKE) {
    return `${percent(better)} closer than`;
  }
  if (better < -ALIKE) {
    return theirs.absolute ? `${percent(-better)} further off than` : "further off than";
  }
  return "about as far off as";
}

function covered(found: SeriesBacktest): Content {
  const windows = unpack(found.packed);
  return windows[0]?.bands.map((band, index) => {
    let [inside, known] = [0, 0];
    for (const window of windows) {
      const { lower, upper } = window.bands[index] ?? band;
      window.actual.forEach((value, n) => {
        if (!Number.isNaN(value)) {
          known += 1;
          inside += Number((lower[n] ?? 0) <= value && value <= (upper[n] ?? 0));
        }
      });
    }
    return h("p", {}, `The ${band.level}% band held ${inside} of ${known} values (${percent(inside / known)}).`);
  });
}

const NAMES: Record<Method, string> = {
  model: "The model",
  seasonal_naive: "The season before, again",
  theta: "Theta, a statistical method",
};

function scoreTable(scores: MethodScores, found: SeriesBacktest | null, caption: string): Content {
  const levels = Object.keys(scores.model.coverage);
  const counted = (method: Method) =>
    found ? miss(found, method).absolute : (scores[method].mase ?? Number.POSITIVE_INFINITY);
  const best = Math.min(...METHODS.map(counted));
  const rows = METHODS.map((method) => {
    const { mase, smape, rmse, wql, coverage } = scores[method];
    const name = Number.isFinite(best) && counted(method) === best ? h("b", {}, NAMES[method]) : NAMES[method];
    return [
      name,
      ...(found ? [score(miss(found, method).absolute)] : []),
      score(mase),
      score(smape),
      ...(found ? [score(rmse)] : []),
      score(wql),
      ...levels.map((level) => (coverage[level] == null ? "–" : percent(coverage[level]))),
    ];
  });
  const heads = [
    "",
    ...(found ? ["Mean error"] : []),
    "MASE",
    "sMAPE",
    ...(found ? ["RMSE"] : []),
    "WQL",
    ...levels.map((level) => `In the ${level}% band`),
  ];
  return table(caption, heads, rows, "scores");
}

function explained(): Content {
  return h(
    "details",
    {},
    h("summary", {}, "What the scores say"),
    h(
      "dl",
      { class: "terms" },
      term("MASE", "The mean error beside that of repeating the season before, on the values that were known. Below 1 is better than that."),
      term("sMAPE", "The error in percent of the size of the values, from 0 to 200."),
      term("RMSE", "Like the mean error, but large errors count more."),
      term("WQL", "How good the bands are, too: it grows if values lie outside, and if bands are wide."),
      term("In the band", "The share of values within the band. It should be near the band's level."),
    ),
  );
}

function term(name: string, text: string): Content {
  return [h("dt", {}, name), h("dd", {}, text)];
}
