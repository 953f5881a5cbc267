import { h } from "../dom";

/** The inputs of an option below their label, with a place for what is wrong with it. */
export function control(option: string, label: string, ...inputs: HTMLElement[]): HTMLElement {
  const id = inputs[0]?.id || inputs[0]?.querySelector("[id]")?.id;
  return h(
    "div",
    { class: "control", "data-option": option },
    id ? h("label", { for: id }, label) : h("span", { class: "label" }, label),
    inputs,
    h("p", { class: "wrong-note" }),
  );
}
