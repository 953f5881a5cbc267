/** The same call as code. */

import type { Fields } from "../../address";
import { h, say } from "../../dom";
import { ROOT } from "../../service/calls";
import { keyInUse } from "../../service/key";
import { PATHS } from "../../service/paths";
import type { Operation } from "../../service/types";
import { REQUEST_OF_TAB, type Session, type Tab } from "../session";

const OPERATION_OF_TAB: Partial<Record<Tab, Operation>> = {
  understood: "inspect",
  values: "predict",
  ...REQUEST_OF_TAB,
};
const WORDS: Record<Operation, string> = {
  predict: "The forecast",
  backtest: "How good it is",
  inspect: "What is understood of the file",
  explain: "Why the forecast is what it is",
  anomalies: "Unusual values",
};

export function codePanel(session: Session): Parameters<typeof h>[2] {
  const pasted = session.source.name === "pasted.csv";
  return [
    pasted ? h("p", { class: "quiet" }, "Save what you pasted as pasted.csv first.") : null,
    (["predict", "backtest", "explain", "anomalies", "inspect"] as const).map((operation) => [
      h("h3", {}, WORDS[operation]),
      snippets(session, operation),
    ]),
  ];
}

/** The code of what a tab shows, at the end of the tab. */
export function codeOf(session: Session, tab: Tab): HTMLElement | null {
  const operation = OPERATION_OF_TAB[tab];
  return operation
    ? h("details", { class: "as-code" }, h("summary", {}, "The same as code"), snippets(session, operation))
    : null;
}

function snippets(session: Session, operation: Operation): HTMLElement {
  const fields = session.fields(operation);
  const { name } = session.source;
  const command = operation === "inspect" ? commandLine("inspect", name, fields) : null;
  return snippetsOf(PATHS[operation], name, fields, command);
}

/** The code of a request, and the command that does the same, if there is one. */
export function snippetsOf(path: string, name: string, fields: Fields, command: string | null): HTMLElement {
  return h(
    "div",
    { class: "snippets" },
    snippet("curl", curl(ROOT + path, name, fields)),
    snippet("Python", python(ROOT + path, name, fields)),
    command === null ? null : snippet("Command line", command),
  );
}

/** What a request takes and a command does not. */
const NOT_FLAGS = { inspect: ["timezone", "calendar", "season_length", "model", "version"], fit: ["timezone"] };

export function commandLine(command: "inspect" | "fit", name: string, fields: Fields): string | null {
  const given = Object.entries(fields);
  if (given.some(([field]) => NOT_FLAGS[command].includes(field))) {
    return null;
  }
  const flags = given.map(([field, text]) => ` \\\n  --${field.replaceAll("_", "-")} ${quoted(text)}`);
  return `.venv/bin/python -m training ${command} \\\n  ${quoted(name)}${flags.join("")}`;
}

function curl(url: string, name: string, fields: Fields): string {
  const parts = Object.entries(fields).map(([field, text]) => ` \\\n  -F ${quoted(`${field}=${text}`)}`);
  const key = keyInUse() ? ` \\\n  -H "x-api-key: $FORECAST_API_KEY"` : "";
  return `curl ${quoted(url)}${key} \\\n  -F ${quoted(`file=@${name}`)}${parts.join("")}`;
}

function python(url: string, name: string, fields: Fields): string {
  const data = Object.entries(fields).map(([field, text]) => `${JSON.stringify(field)}: ${JSON.stringify(text)}`);
  return [
    ...(keyInUse() ? ["import os", ""] : []),
    "import httpx",
    "",
    "answer = httpx.post(",
    `    ${JSON.stringify(url)},`,
    `    files={"file": open(${JSON.stringify(name)}, "rb")},`,
    ...(data.length ? [`    data={${data.join(", ")}},`] : []),
    ...(keyInUse() ? ['    headers={"x-api-key": os.environ["FORECAST_API_KEY"]},'] : []),
    "    timeout=60,",
    ")",
    "print(answer.raise_for_status().json())",
  ].join("\n");
}

/** Quote for a shell, where it needs it. */
function quoted(text: string): string {
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
