/** What went wrong, where it belongs: beside a control, at a line of the file, or on its own. */

import { fill, h } from "../dom";
import { problemOf } from "../service/calls";
import { rememberKey } from "../service/key";
import type { Problem } from "../service/types";
import type { Task } from "./session";
import { inPageWords } from "./words";

/** The place of an error: the option that it names, or the row and the column of the file. */
interface Place {
  readonly option: string | null;
  readonly row: number | null;
  readonly column: string | null;
}

export function placeOf(pointer: string): Place {
  const parts = pointer
    .replace(/^#\/?/, "")
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (parts[0] === "file") {
    const row = /^\d+$/.test(parts[1] ?? "") ? Number(parts[1]) : null;
    return { option: null, row, column: parts[2] ?? null };
  }
  return { option: parts[0] || null, row: null, column: null };
}

/** What to show about a request that failed, or that waits for its next try. */
export function problemBox(task: Pick<Task<unknown>, "problem" | "waiting">, again: () => void): HTMLElement | null {
  const problem = task.waiting?.problem ?? task.problem;
  if (!problem) {
    return null;
  }
  const gone = problem.status === 0;
  const next = task.waiting
    ? h("p", { class: "quiet" }, gone
        ? "The page keeps trying, and goes on as soon as the service answers."
        : `Trying again in ${task.waiting.seconds} s.`)
    : problem.status === 401 || problem.status === 403
      ? keyForm(again)
      : h("button", { type: "button", onclick: again }, "Try again");
  return h(
    "div",
    { class: `problem ${task.waiting ? "waits" : problem.status === 401 ? "asks" : ""}`, role: "alert" },
    h("h3", {}, titleOf(problem)),
    h("p", {}, inPageWords(problem.detail)),
    h("p", { class: "quiet" }, codeLine(problem)),
    next,
  );
}

/** Ask for the key of the service. */
function keyForm(again: () => void): HTMLElement {
  const key = h("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const use = (event: Event) => {
    event.preventDefault();
    rememberKey(key.value.trim());
    again();
  };
  return h(
    "form",
    { class: "row", onsubmit: use },
    h("label", { for: "key" }, "Key"),
    key,
    h("button", { class: "primary" }, "Use this key"),
    h("span", { class: "quiet" }, "It is kept until you close this tab."),
  );
}

/** What to show about a request that failed for good. */
export function failureBox(error: unknown, again: () => void): HTMLElement | null {
  return problemBox({ problem: problemOf(error), waiting: null }, again);
}

/** Mark the controls that a problem names, and say beside each what is wrong with it. */
export function markControls(host: HTMLElement, problem: Problem | null): void {
  const wrong = new Map(
    (problem?.errors ?? []).map(({ pointer, detail }) => [placeOf(pointer).option, inPageWords(detail)]),
  );
  for (const control of host.querySelectorAll<HTMLElement>("[data-option]")) {
    const detail = wrong.get(control.dataset["option"] ?? "");
    control.toggleAttribute("data-wrong", detail !== undefined);
    const note = control.querySelector(".wrong-note");
    if (note) {
      fill(note, detail ?? "");
    }
    for (const input of control.querySelectorAll("input, select")) {
      input.setAttribute("aria-invalid", String(detail !== undefined));
    }
  }
}

/** Whether all that a problem is about has a control that it is shown beside. */
export function isMarked(host: HTMLElement, problem: Problem): boolean {
  const controls = [...host.querySelectorAll<HTMLElement>("[data-option]")];
  const options = new Set(controls.map((control) => control.dataset["option"]));
  const places = problem.errors.map(({ pointer }) => placeOf(pointer).option);
  return places.length > 0 && places.every((option) => option !== null && options.has(option));
}

export function codeLine({ status, code, errors, request_id }: Problem): string {
  const place = errors[0]?.pointer;
  const parts = [code, place && place !== "#" ? `at ${place}` : "", status ? `status ${status}` : ""];
  return [...parts, request_id ? `request ${request_id}` : ""].filter(Boolean).join(" · ");
}

function titleOf({ status, title }: Problem): string {
  if (status === 0) {
    return title;
  }
  if (status === 401) {
    return "The service asks for a key";
  }
  if (status === 403) {
    return "The key does not allow this";
  }
  if (status === 404) {
    return "This was not found";
  }
  if (status === 503 || status === 429) {
    return "The service is busy";
  }
  return status >= 500 ? "The service failed" : "This cannot be forecast as it is";
}
