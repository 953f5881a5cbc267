/** Training a model on the file that was dropped. */

import { fill, h } from "../../dom";
import { get, problemOf } from "../../service/calls";
import { form } from "../../service/form";
import { send } from "../../service/calls";
import { failureBox, markControls } from "../problems";
import { trainingFields } from "../options";
import type { Session } from "../session";

type Content = Parameters<typeof h>[2];
interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[] }>> };
}

const ABOUT: Record<string, string> = {
  auto: "tries several, keeps the best",
  covariates: "a new network that takes what else is known",
  "fine-tune": "goes on from the zero-shot model",
  lstm: "a new network",
  gru: "a new network, a little lighter",
  "simple-rnn": "a new network, the lightest",
};

export function trainPanel(session: Session): Content {
  const { answer } = session.inspect;
  if (!answer) {
    return null;
  }
  const stem = session.source.name.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9._-]+/g, "-");
  const model = h("input", { id: "train-model", value: stem.replace(/^[^a-z0-9]+/, "") || "my-model" });
  const recipe = h("select", { id: "train-recipe" });
  const promote = h(
    "select",
    { id: "train-promote" },
    h("option", { value: "if_better" }, "if it does better than the one in use"),
    h("option", { value: "always" }, "in any case"),
    h("option", { value: "never" }, "not by itself"),
  );
  const outcome = h("div");
  const controls = h(
    "div",
    { class: "fields" },
    labelled("model", "Name of the model", model),
    labelled("recipe", "Recipe", recipe),
    labelled("promote", "Use the new version", promote),
  );
  void recipes().then((names) => {
    const label = (name: string) => (ABOUT[name] ? `${name}: ${ABOUT[name]}` : name);
    fill(recipe, names.map((name) => h("option", { value: name }, label(name))));
  });

  async function start(): Promise<void> {
    const fields = {
      ...trainingFields(session.options),
      model: model.value,
      recipe: recipe.value,
      promote: promote.value,
    };
    try {
      const { name, file } = session.source;
      const job = await send<{ id: string }>("POST", "train", form(name, file, fields));
      location.hash = `#/jobs/${job.id}`;
    } catch (error) {
      markControls(controls, problemOf(error));
      fill(outcome, failureBox(error, () => void start()));
    }
  }

  return [
    h("p", {}, answer.training.detail),
    controls,
    h("button", { type: "button", id: "train", class: "primary", onclick: () => void start() }, "Train a model"),
    h("p", { class: "quiet" }, "It runs in the background. Its progress is under Jobs, and a version that it makes under Models."),
    outcome,
  ];
}

/** The recipes that this service knows, from its OpenAPI document. */
async function recipes(): Promise<readonly string[]> {
  try {
    return (await get<OpenApi>("openapi.json")).components.schemas["RecipeName"]?.enum ?? [];
  } catch {
    return ["lstm"];
  }
}

function labelled(option: string, label: string, input: HTMLElement): HTMLElement {
  return h(
    "div",
    { class: "control", "data-option": option },
    h("label", { for: input.id }, label),
    input,
    h("p", { class: "wrong-note" }),
  );
}
