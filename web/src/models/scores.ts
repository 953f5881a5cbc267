/** The scores of versions as tables. */

import { h, table } from "../dom";
import { count, percent, score } from "../format";

type Content = Parameters<typeof h>[2];

export interface ModelScores {
  readonly mase: number | null;
  readonly smape: number | null;
  readonly wql: number | null;
  readonly coverage_80: number | null;
}

export interface Evaluation {
  readonly windows: number;
  readonly horizon: number;
  readonly model: ModelScores;
  readonly seasonal_naive: ModelScores;
  readonly theta?: ModelScores | null;
  readonly zero_shot?: ModelScores | null;
  readonly base: ModelScores | null;
  readonly production: ModelScores | null;
}

/** One of the networks among which a training with the recipe `auto` has chosen. */
export interface Candidate {
  readonly name: string;
  readonly validation: ModelScores;
  readonly seconds: number;
  readonly chosen: boolean;
}

/** Scores on what the training had not seen, beside those of the alternatives. */
export function evaluationTable({ windows, horizon, ...scores }: Evaluation): Content {
  const rows = (
    [
      ["This version", scores.model],
      ["The season before, again", scores.seasonal_naive],
      ["Theta, a statistical method", scores.theta],
      ["zero-shot, without training", scores.zero_shot],
      ["The version it went on from", scores.base],
      ["The version in use until then", scores.production],
    ] as const
  ).flatMap(([name, found]) => (found ? [scoreRow(name, found)] : []));
  return [
    h("p", { class: "quiet" }, `Scores on ${count(windows, "forecast")} of ${count(horizon, "step")} that the training had not seen. Lower is better.`),
    table("Scores of the version", ["", "MASE", "sMAPE", "WQL", "In the 80% band"], rows, "scores"),
  ];
}

/** How a version does by what really happened. */
export interface Performance {
  readonly evaluated: number;
  readonly drifting: boolean;
  readonly overall: {
    readonly values: number;
    readonly model: LiveScores;
    readonly seasonal_naive: LiveScores;
  };
}

interface LiveScores {
  readonly mase: number | null;
  readonly bias: number | null;
  readonly coverage: Readonly<Record<string, number | null>>;
}

/** Scores by what really happened, and whether the version drifts; nothing if nothing is known. */
export function liveTable({ evaluated, drifting, overall }: Performance): Content {
  if (!evaluated) return null;
  const row = (name: string, { mase, bias, coverage }: LiveScores): Content[] => {
    const inside = coverage["80"] ?? null;
    return [name, score(mase), score(bias), inside === null ? "–" : percent(inside)];
  };
  return [
    h("p", { class: "quiet" }, `Scores by what really happened: ${count(overall.values, "value")} of ${count(evaluated, "forecast")}.`),
    drifting
      ? h("p", {}, h("b", {}, "This version is drifting: what happened speaks against it. Train it again."))
      : h("p", {}, "There is no drift so far."),
    table(
      "Scores by what really happened",
      ["", "MASE", "Bias", "In the 80% band"],
      [row("This version", overall.model), row("The season before, again", overall.seasonal_naive)],
      "scores",
    ),
  ];
}

/** What a training has tried, by its scores on windows of the validation part. */
export function candidateTable(candidates: readonly Candidate[]): Content {
  const rows = candidates.map(({ name, validation, seconds, chosen }) => [
    chosen ? h("b", {}, `${name}, chosen`) : name,
    score(validation.mase),
    score(validation.wql),
    count(Math.round(seconds), "second"),
  ]);
  return [
    h("p", { class: "quiet" }, "What the training tried, by its scores on values that it chose by. Lower is better."),
    table("What the training tried", ["", "MASE", "WQL", "Took"], rows, "scores"),
  ];
}

/** Scores on sets of series that anyone can get. */
export function publicTable(sets: Readonly<Record<string, Evaluation>>): Content {
  const rows = Object.entries(sets).map(([name, { model, seasonal_naive: naive }]) => [
    name,
    score(model.mase),
    score(naive.mase),
    score(model.wql),
    score(naive.wql),
  ]);
  return [
    h("p", { class: "quiet" }, "Scores on public sets of series, beside those of repeating the season before. Lower is better."),
    table("Scores on public sets", ["Set", "MASE", "season before", "WQL", "season before"], rows, "scores"),
  ];
}

function scoreRow(name: string, { mase, smape, wql, coverage_80: coverage }: ModelScores): Content[] {
  return [name, score(mase), score(smape), score(wql), coverage === null ? "–" : percent(coverage)];
}
