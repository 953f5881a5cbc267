/** What became of a version that was trained: whether it is in use now, why, and whether zero-shot does better. */

import { writeAddress } from "../address";
import { fill, h } from "../dom";
import { failureBox } from "../forecast/problems";
import { score } from "../format";
import type { Evaluation } from "../models/scores";
import { inShort, isPromoted, promote, type Promotion, served, servedAsLatest, type Summary } from "../models/view";

interface Trained {
  readonly model: Summary;
  readonly version: number;
  readonly promotion: Promotion;
  readonly evaluation: Evaluation | null;
}

/** The decision about a version, with the choice to use it all the same if it is not in use. */
export function decision({ model, version, promotion, evaluation }: Trained): HTMLElement {
  const verdict = h("div", { class: "verdict" });
  const isServed = served(model) === version;
  const better = zeroShotBetter(evaluation);

  function show(inUse: boolean, why: string | null): void {
    const unused = better ? "was not promoted; zero-shot does better" : "was not promoted";
    const state = inUse ? "is in use now" : promotion.promoted ? "was in use, and is no more" : unused;
    const params = inUse || isServed ? { model: model.model } : { model: model.model, version: String(version) };
    const use = promotion.promoted ? "Use it again" : "Use it all the same";
    fill(
      verdict,
      h("p", { class: "big" }, `Version ${version} ${state}.`),
      why ? h("p", {}, why) : null,
      better ? h("p", {}, better) : null,
      isServed && !inUse ? h("p", {}, servedAsLatest(model)) : null,
      h(
        "div",
        { class: "row" },
        h("a", { href: writeAddress({ path: ["forecast"], params }) }, "Forecast with it"),
        inUse ? null : h("button", { type: "button", id: "promote", onclick: () => void put() }, use),
      ),
    );
  }

  async function put(): Promise<void> {
    try {
      await promote(model.model, version);
      show(true, "You chose it.");
    } catch (error) {
      fill(verdict, failureBox(error, () => void put()));
    }
  }

  const inUse = isServed && isPromoted(model);
  const onlyZeroShot = better && promotion.incumbent === null && promotion.policy === "if_better";
  const reason = onlyZeroShot ? null : inShort(promotion.reason); // It would say no more than `better`.
  show(inUse, inUse && !promotion.promoted ? "It was chosen after the training." : reason);
  return verdict;
}

/** That zero-shot does better than a version, if it does. */
function zeroShotBetter(evaluation: Evaluation | null): string | null {
  const ours = evaluation?.model.mase ?? null;
  const theirs = evaluation?.zero_shot?.mase ?? null;
  return ours !== null && theirs !== null && theirs < ours
    ? `On the end of your data, zero-shot does better (MASE ${score(theirs)} against ${score(ours)}): better keep using zero-shot.`
    : null;
}
