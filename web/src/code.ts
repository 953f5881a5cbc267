/** Requests as code: by HTTP, with the Python client, and on the command line. */

import { h, say } from "./dom";
import { ROOT } from "./service/calls";
import { keyInUse } from "./service/key";

export interface Code {
  readonly curl: string;
  readonly python: string;
  readonly command: string;
}

const { protocol, host, pathname } = new URL(ROOT);
/** Whether this is where the client looks for the service if nobody says where it is. */
const IS_DEFAULT = protocol === "http:" && host === "localhost:8000" && pathname === "/";
const ADDRESS = ROOT.replace(/\/$/, "");

export function snippetsOf({ curl, python, command }: Code): HTMLElement {
  return h(
    "div",
    { class: "snippets" },
    snippet("curl", curl),
    snippet("Python", python),
    snippet("Command line", command),
  );
}

/** Code at the end of a view, which is shown on demand. */
export function sameAsCode(content: HTMLElement): HTMLElement {
  return h("details", { class: "as-code" }, h("summary", {}, "The same as code"), content);
}

export function curlOf(path: string, options: readonly string[] = []): string {
  const key = keyInUse() ? [`-H "x-api-key: $FORECAST_API_KEY"`] : [];
  return [`curl ${quoted(ROOT + path)}`, ...key, ...options].join(" \\\n  ");
}

export function pythonOf(lines: readonly string[]): string {
  const client = `client = ForecastClient(${IS_DEFAULT ? "" : JSON.stringify(ADDRESS)})`;
  return ["from forecast_client import ForecastClient", "", client, ...lines].join("\n");
}

export function commandOf(command: string, options: readonly string[] = []): string {
  const url = IS_DEFAULT ? [] : [`--url ${quoted(ADDRESS)}`];
  return [`forecast ${command}`, ...options, ...url].join(" \\\n  ");
}

/** Quote for a shell, where it needs it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function snippet(label: string, text: string): HTMLElement {
  const copy = h(
    "button",
    {
      type: "button",
      class: "copy",
      "aria-label": `Copy the ${label} code`,
      onclick: async () => {
        await navigator.clipboard?.writeText(text);
        copy.textContent = "Copied";
        say("Copied");
        setTimeout(() => (copy.textContent = "Copy"), 1_500);
      },
    },
    "Copy",
  );
  return h(
    "figure",
    { class: "snippet" },
    h("figcaption", {}, label, copy),
    h("pre", { tabindex: 0, role: "region", "aria-label": `${label} code` }, h("code", {}, text)),
  );
}
