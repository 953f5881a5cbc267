/** The models of the store: their versions and scores, and which version is in use. */

import { type Address, writeAddress } from "../address";
import { commandOf, curlOf, pythonOf, quoted, sameAsCode, snippetsOf } from "../code";
import { fill, h } from "../dom";
import { count, score, sentence } from "../format";
import { failureBox } from "../forecast/problems";
import { addressOf, get, send } from "../service/calls";
import {
  type Candidate,
  candidateTable,
  type Evaluation,
  evaluationTable,
  liveTable,
  type Performance,
  publicTable,
} from "./scores";

export interface Promotion {
  readonly policy: "if_better" | "always" | "never";
  /** The version in use until then. */
  readonly incumbent: number | null;
  readonly promoted: boolean;
  readonly reason: string;
}

export interface Summary {
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
    h("p", { class: "lead" }, "Each model has numbered versions. One of them answers those who ask for the model."),
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
            h("span", { class: "quiet" }, `${count(model.versions.length, "version")}, ${standing(model)}`),
          ),
        ),
      ),
    ),
    sameAsCode(
      snippetsOf({
        curl: curlOf("models"),
        python: pythonOf(["for model in client.models():", "    print(model)"]),
        command: commandOf("models"),
      }),
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
  const use = (version: number) => () => void change(() => promote(name, version));
  const rollBack = () =>
    void change(() => send("POST", `${path}/rollback`, { reason: "rolled back on the page" }));

  fill(
    host,
    h("p", {}, h("a", { href: "#/models" }, "All models")),
    h("h1", {}, name),
    h(
      "div",
      { class: "row" },
      h("span", {}, isPromoted(model) ? `Version ${served(model)} is in use.` : servedAsLatest(model)),
      h("a", { href: writeAddress({ path: ["forecast"], params: { model: name } }) }, "Forecast with it"),
      isPromoted(model) && model.versions.length > 1
        ? h("button", { type: "button", id: "rollback", onclick: rollBack }, "Roll back")
        : null,
    ),
    outcome,
    manifests.map((manifest) => version(path, manifest, model, use(manifest.version))),
    sameAsCode(codeOfPromotion(path, name, newest[0] ?? 1)),
  );
}

/** How the newest version of a model is put in use. */
function codeOfPromotion(path: string, name: string, version: number): HTMLElement {
  const body = `-d '{"version": ${version}}'`;
  return snippetsOf({
    curl: curlOf(`${path}/aliases/production`, ["-X PUT", '-H "content-type: application/json"', body]),
    python: pythonOf([`client.promote(${JSON.stringify(name)}, ${version})`]),
    command: commandOf(`models promote ${quoted(name)} ${version}`),
  });
}

/** Put a version in use. */
export function promote(model: string, version: number): Promise<unknown> {
  const path = `models/${encodeURIComponent(model)}/aliases/production`;
  return send("PUT", path, { version, reason: "chosen on the page" });
}

/** Why a version is in use or not, with scores of three digits. */
export function inShort(reason: string): string {
  return sentence(reason.replace(/\d+\.\d{3,}/g, (text) => score(Number(text))));
}

function version(path: string, manifest: Manifest, model: Summary, use: () => void): HTMLElement {
  const isServed = served(model) === manifest.version;
  const plot = "plot.png" in manifest.files;
  const { evaluation, promotion, public_scores: everywhere, candidates, data } = manifest;
  return h(
    "section",
    { class: "card padded", "aria-label": `Version ${manifest.version}` },
    h(
      "div",
      { class: "card-head" },
      h("h2", {}, `Version ${manifest.version}`),
      isServed ? h("span", { class: "badge" }, isPromoted(model) ? "in use" : "served as the latest") : null,
      h("span", { class: "quiet" }, `made ${manifest.created_at.slice(0, 16).replace("T", " ")} UTC`),
      isServed
        ? null
        : h("button", { type: "button", id: `promote-${manifest.version}`, onclick: use }, "Use this version"),
    ),
    data ? h("p", { class: "quiet" }, `Trained on ${count(data.series, "series", "series")}, ${count(data.observations, "value")}.`) : null,
    promotion ? h("p", {}, inShort(promotion.reason)) : null,
    evaluation ? evaluationTable(evaluation) : null,
    candidates ? candidateTable(candidates) : null,
    everywhere ? publicTable(everywhere) : null,
    live(`${path}/versions/${manifest.version}/performance?max_series=0`),
    plot ? figure(`${path}/versions/${manifest.version}/plot.png`) : null,
  );
}

/** How a version does by what really happened, once that has come. Without it, the rest is shown. */
function live(path: string): HTMLElement {
  const host = h("div");
  get<Performance>(path).then(
    (found) => fill(host, liveTable(found)),
    () => undefined,
  );
  return host;
}

/** The plot of a training, which is drawn on white. */
function figure(path: string): HTMLElement {
  const text = "The values that were held out, and the forecast of them with its 80% band";
  const image = h("img", { alt: text, loading: "lazy" });
  void addressOf(path).then((address) => (image.src = address));
  return h("figure", { class: "plot-image" }, image);
}

/** The versions of a model, and which of them has which alias. */
export function summaryOf(model: string): Promise<Summary> {
  return get<Summary>(`models/${encodeURIComponent(model)}`);
}

/** Which version answers those who ask for the model. */
export function served({ aliases, versions }: Summary): number | undefined {
  return aliases["production"] ?? versions.at(-1);
}

/** Whether a version was put in use. Otherwise the latest is served. */
export function isPromoted({ aliases }: Summary): boolean {
  return aliases["production"] !== undefined;
}

function standing(model: Summary): string {
  return isPromoted(model) ? `version ${served(model)} in use` : `version ${served(model)} served as the latest`;
}

/** Whom a version answers that was not put in use, and why. */
export function servedAsLatest(model: Summary): string {
  const asked = model.default ? "all who name no other model" : `only those who ask for the model ${model.model}`;
  return `Version ${served(model)} answers ${asked}: it is served as the latest, because no version has the alias production.`;
}
