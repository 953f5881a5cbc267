/** Training a model on the file that was dropped. */

import { sameAsCode } from "../../code";
import { fill, h } from "../../dom";
import { get, problemOf, send } from "../../service/calls";
import { form } from "../../service/form";
import { control } from "../control";
import { codeOfRequest } from "./code";
import { failureBox, markControls } from "../problems";
import { trainingFields } from "../options";
import type { Session } from "../session";

type Content = Parameters<typeof h>[2];
interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[] }>> };
}

interface Draft {
  readonly model: string;
  readonly recipe: string;
  readonly promote: string;
}

const POLICIES = [
  ["if_better", "if it does better"],
  ["always", "in any case"],
  ["never", "not by itself"],
] as const;
const ABOUT: Record<string, string> = {
  auto: "tries several, keeps the best",
  covariates: "a new network that takes what else is known",
  "fine-tune": "goes on from the zero-shot model",
  lstm: "a new network",
  gru: "a new network, a little lighter",
  "simple-rnn": "a new network, the lightest",
};

/** What was chosen for a file, which stays when the panel is shown anew. */
const drafts = new WeakMap<Session, Draft>();

export function trainPanel(session: Session): Content {
  const { answer } = session.inspect;
  if (!answer) {
    return null;
  }
  const { name, file } = session.source;
  const draft = drafts.get(session);
  const model = h("input", { id: "train-model", value: draft?.model ?? modelName(name) });
  const recipe = h("select", { id: "train-recipe" });
  const promote = h(
    "select",
    { id: "train-promote" },
    POLICIES.map(([value, label]) => h("option", { value, selected: value === draft?.promote }, label)),
  );
  const outcome = h("div");
  const code = h("div");
  const controls = h(
    "div",
    { class: "fields", oninput: () => change() },
    control("model", "Name of the model", model),
    control("recipe", "Recipe", recipe),
    control("promote", "Use the new version", promote),
  );

  const chosen = () => ({ model: model.value, recipe: recipe.value, promote: promote.value });
  const fields = () => ({ ...trainingFields(session.options), ...chosen() });

  function change(): void {
    drafts.set(session, chosen());
    fill(code, codeOfRequest("train", name, fields()));
  }

  void recipes().then((names) => {
    const label = (one: string) => (ABOUT[one] ? `${one}: ${ABOUT[one]}` : one);
    fill(recipe, names.map((one) => h("option", { value: one, selected: one === draft?.recipe }, label(one))));
    change();
  });

  async function start(): Promise<void> {
    try {
      const job = await send<{ id: string }>("POST", "train", form(name, file, fields()));
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
    sameAsCode(code),
  ];
}

function modelName(file: string): string {
  const name = file.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9._-]+/g, "-");
  return name.replace(/^[^a-z0-9]+/, "") || "my-model";
}

/** The recipes that this service knows, from its OpenAPI document. */
async function recipes(): Promise<readonly string[]> {
  try {
    return (await get<OpenApi>("openapi.json")).components.schemas["RecipeName"]?.enum ?? [];
  } catch {
    return ["lstm"];
  }
}
