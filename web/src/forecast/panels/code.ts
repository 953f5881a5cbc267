/** The same request as code. */

import type { Fields } from "../../address";
import { commandOf, curlOf, pythonOf, quoted, sameAsCode, snippetsOf } from "../../code";
import { h } from "../../dom";
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
      h("code", {}, "pip install './client[all]'"),
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
  return operation ? sameAsCode(snippets(session, operation)) : null;
}

function snippets(session: Session, operation: Operation): HTMLElement {
  return codeOfRequest(operation, session.source.name, session.fields(operation));
}

export function codeOfRequest(asked: Operation | "train", name: string, fields: Fields): HTMLElement {
  const path = asked === "train" ? asked : PATHS[asked];
  return snippetsOf({
    curl: curl(path, name, fields),
    python: python(asked, path, name, fields),
    command: command(asked, path, name, fields),
  });
}

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
  return pythonOf([`${result} = client.${path}(`, `    ${JSON.stringify(name)},`, ...given, ")", show]);
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

function command(asked: Operation | "train", path: string, name: string, fields: Fields): string {
  const flags = Object.entries(fields).map(([field, text]) => {
    const flag = field.replaceAll("_", "-");
    return SWITCHES.includes(field) ? `--${text === "true" ? "" : "no-"}${flag}` : `--${flag} ${quoted(text)}`;
  });
  const format = asked === "explain" ? ["--format json"] : []; // A table has no room for it.
  return commandOf(`${path} ${quoted(name)}`, [...flags, ...format]);
}

function curl(path: string, name: string, fields: Fields): string {
  const parts = Object.entries({ file: `@${name}`, ...fields });
  return curlOf(path, parts.map(([field, text]) => `-F ${quoted(`${field}=${text}`)}`));
}
