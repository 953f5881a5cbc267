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
    h(
      "p",
      { class: "quiet" },
      "The Python client and the command line come with ",
      h("code", {}, "pip install ./client"),
      " in the folder of the service.",
    ),
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
  return snippetsOf(operation, session.source.name, session.fields(operation));
}

/** The code of a request: by HTTP, with the Python client, and on the command line. */
export function snippetsOf(asked: Operation | "train", name: string, fields: Fields): HTMLElement {
  const path = asked === "train" ? asked : PATHS[asked];
  return h(
    "div",
    { class: "snippets" },
    snippet("curl", curl(ROOT + path, name, fields)),
    snippet("Python", python(asked, path, name, fields)),
    snippet("Command line", commandLine(asked, path, name, fields)),
  );
}

const { protocol, host, pathname } = new URL(ROOT);
/** Whether this is where the client looks for the service if nobody says where it is. */
const IS_DEFAULT = protocol === "http:" && host === "localhost:8000" && pathname === "/";
const ADDRESS = ROOT.replace(/\/$/, "");

/** What Python does with an answer. */
const SHOWN: Record<Operation | "train", readonly [string, string]> = {
  predict: ["forecast", "print(forecast.frame)"],
  explain: ["forecast", "print(forecast[0].explanation)"],
  backtest: ["backtest", "print(backtest.overall)"],
  anomalies: ["anomalies", "print(anomalies.outside)"],
  inspect: ["inspection", "print(inspection.series)"],
  train: ["job", "print(client.wait(job).version)"],
};

function python(asked: Operation | "train", path: string, name: string, fields: Fields): string {
  const [result, show] = SHOWN[asked];
  const given = Object.entries(fields).map(([field, text]) => `    ${field}=${pythonValue(field, text)},`);
  return [
    "from forecast_client import ForecastClient",
    "",
    `client = ForecastClient(${IS_DEFAULT ? "" : JSON.stringify(ADDRESS)})`,
    `${result} = client.${path}(`,
    `    ${JSON.stringify(name)},`,
    ...given,
    ")",
    show,
  ].join("\n");
}

/** The value of an option as Python writes it: lists of numbers, numbers, switches, or text. */
function pythonValue(field: string, text: string): string {
  if (/^(levels|quantiles)$/.test(field)) {
    return `[${text.replaceAll(",", ", ")}]`;
  }
  if (/^(true|false)$/.test(text)) {
    return text === "true" ? "True" : "False";
  }
  return /^-?\d+(\.\d+)?$/.test(text) ? text : JSON.stringify(text);
}

/** Options that are switches of the command line; all others take a value. */
const SWITCHES = ["integer", "non_negative", "calibrate", "explain", "scores", "refit"];

function commandLine(asked: Operation | "train", path: string, name: string, fields: Fields): string {
  const flags = Object.entries(fields).map(([field, text]) => {
    const flag = field.replaceAll("_", "-");
    return SWITCHES.includes(field) ? `--${text === "true" ? "" : "no-"}${flag}` : `--${flag} ${quoted(text)}`;
  });
  const lines = [quoted(name), ...flags];
  if (asked === "explain") {
    lines.push("--format json"); // A table has no room for it.
  }
  if (!IS_DEFAULT) {
    lines.push(`--url ${quoted(ADDRESS)}`);
  }
  return `forecast ${path} ${lines.join(" \\\n  ")}`;
}

function curl(url: string, name: string, fields: Fields): string {
  const parts = Object.entries(fields).map(([field, text]) => ` \\\n  -F ${quoted(`${field}=${text}`)}`);
  const key = keyInUse() ? ` \\\n  -H "x-api-key: $FORECAST_API_KEY"` : "";
  return `curl ${quoted(url)}${key} \\\n  -F ${quoted(`file=@${name}`)}${parts.join("")}`;
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
