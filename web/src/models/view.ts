/** The models of the store: their versions and scores, and which version is in use. */

import { type Address, writeAddress } from "../address";
import { fill, h, table } from "../dom";
import { count, percent, score, sentence } from "../format";
import { failureBox } from "../forecast/problems";
import { get, ROOT, send } from "../service/calls";

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

export interface Promotion {
  readonly promoted: boolean;
  readonly reason: string;
}

interface Summary {
  readonly model: string;
  readonly versions: readonly number[];
  readonly aliases: Readonly<Record<string, number>>;
  readonly default: boolean;
}

interface Manifest {
  readonly version: number;
  readonly created_at: string;
  readonly files: Readonly<Record<string, unknown>>;
  readonly evaluation: Evaluation | null;
  readonly public_scores: Readonly<Record<string, Evaluation>> | null;
  readonly promotion: Promotion | null;
  readonly candidates?: readonly Candidate[] | null;
  readonly data: { readonly series: number; readonly observations: number } | null;
}

export function showModels(host: HTMLElement, { path }: Address): void {
  fill(host, h("p", { class: "quiet" }, "Loading …"));
  const [, name] = path;
  const show = () => (name ? showModel(host, name) : showList(host));
  void show().catch((error: unknown) => {
    fill(host, failureBox(error, () => showModels(host, { path, params: {} })));
  });
}

async function showList(host: HTMLElement): Promise<void> {
  const { models } = await get<{ models: Summary[] }>("models");
  fill(
    host,
    h("h1", {}, "Models"),
    h("p", { class: "lead" }, "Each model has numbered versions. One of them is in use."),
    models.length ? null : h("p", {}, "There is no model yet. Drop a file, and train one."),
    h(
      "ul",
      { class: "cards" },
      models.map((model) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: `#/models/${encodeURIComponent(model.model)}` },
            h("b", {}, model.model),
            model.default ? h("span", { class: "badge" }, "default") : null,
            h("span", { class: "quiet" }, `${count(model.versions.length, "version")}, version ${served(model)} in use`),
          ),
        ),
      ),
    ),
  );
}

async function showModel(host: HTMLElement, name: string): Promise<void> {
  const path = `models/${encodeURIComponent(name)}`;
  const model = await get<Summary>(path);
  const newest = [...model.versions].reverse();
  const manifests = await Promise.all(newest.map((version) => get<Manifest>(`${path}/versions/${version}`)));
  const outcome = h("div");

  async function change(run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
      await showModel(host, name);
    } catch (error) {
      fill(outcome, failureBox(error, () => void change(run)));
    }
  }
  const promote = (version: number) => () =>
    void change(() => send("PUT", `${path}/aliases/production`, { version, reason: "chosen on the page" }));
  const rollBack = () =>
    void change(() => send("POST", `${path}/rollback`, { reason: "rolled back on the page" }));

  fill(
    host,
    h("p", {}, h("a", { href: "#/models" }, "All models")),
    h("h1", {}, name),
    h(
      "div",
      { class: "row" },
      h("span", {}, `Version ${served(model)} is in use`, model.aliases["production"] ? "." : ", as the latest."),
      h("a", { href: writeAddress({ path: ["forecast"], params: { model: name } }) }, "Forecast with it"),
      model.aliases["production"]
        ? h("button", { type: "button", id: "rollback", onclick: rollBack }, "Roll back")
        : null,
    ),
    outcome,
    manifests.map((manifest) => version(path, manifest, served(model) === manifest.version, promote(manifest.version))),
  );
}

function version(path: string, manifest: Manifest, inUse: boolean, promote: () => void): HTMLElement {
  const plot = "plot.png" in manifest.files;
  const { evaluation, promotion, public_scores: everywhere, candidates, data } = manifest;
  return h(
    "section",
    { class: "card padded", "aria-label": `Version ${manifest.version}` },
    h(
      "div",
      { class: "card-head" },
      h("h2", {}, `Version ${manifest.version}`),
      inUse ? h("span", { class: "badge" }, "in use") : null,
      h("span", { class: "quiet" }, `made ${manifest.created_at.slice(0, 16).replace("T", " ")} UTC`),
      inUse
        ? null
        : h("button", { type: "button", id: `promote-${manifest.version}`, onclick: promote }, "Use this version"),
    ),
    data ? h("p", { class: "quiet" }, `Trained on ${count(data.series, "series", "series")}, ${count(data.observations, "value")}.`) : null,
    promotion ? h("p", {}, sentence(promotion.reason)) : null,
    evaluation ? evaluationTable(evaluation) : null,
    candidates ? candidateTable(candidates) : null,
    everywhere ? publicTable(everywhere) : null,
    plot
      ? h("img", {
          class: "plot-image",
          src: `${ROOT}${path}/versions/${manifest.version}/plot.png`,
          alt: "The values that were held out, and the forecast of them with its 80% band",
          loading: "lazy",
        })
      : null,
  );
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

function publicTable(sets: Readonly<Record<string, Evaluation>>): Content {
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

function served({ aliases, versions }: Summary): number | undefined {
  return aliases["production"] ?? versions.at(-1);
}
