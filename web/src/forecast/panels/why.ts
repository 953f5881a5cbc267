/** "Why?": what a forecast consists of, and which parts of the past moved it. */

import { colours } from "../../chart/colours";
import { h } from "../../dom";
import { moment, number, score } from "../../format";
import type { Component, Explained } from "../../service/types";
import { problemBox } from "../problems";
import type { Session } from "../session";
import { inPageWords } from "../words";

type Content = Parameters<typeof h>[2];
const WIDTH = 560;
const HEIGHT = 64;

export function whyPanel(session: Session): Content {
  const { answer, loading, problem, waiting } = session.explain;
  if (problem || waiting) {
    return problemBox(session.explain, () => session.ask("explain"));
  }
  const failed = answer?.series[session.selected];
  if (failed?.error) {
    return h("div", { class: "problem" }, h("p", {}, inPageWords(failed.error.detail)));
  }
  const found = session.explained;
  if (!found) {
    return h("p", { class: "quiet" }, loading ? "Taking the forecast apart …" : "There is no forecast yet.");
  }
  const factors = found.form === "multiplicative";
  return [
    h("p", {}, factors
      ? "At each step, the forecast is the level times what the other parts say."
      : "At each step, the forecast is the sum of these parts."),
    h(
      "ul",
      { class: "parts" },
      found.components.map((part) => row(part, factors)),
      row({ kind: "point", name: "the forecast", values: found.point }, false),
    ),
    stretches(session, found),
  ];
}

const ABOUT: Record<string, (name: string) => string> = {
  level: () => "Level: where the forecast starts",
  season: (name) => `Season: ${/^\d+$/.test(name) ? `${name} steps` : name.replaceAll("_", " ")}`,
  covariate: (name) => name,
  bounds: () => "Limits: what they changed",
  remainder: () => "The rest: what the network adds",
  point: () => "Together: the forecast",
};

function row({ kind, name, values }: Component, factors: boolean): HTMLElement {
  const label = ABOUT[kind]?.(name) ?? name;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const factor = factors && kind !== "level";
  const text = (value: number) => (factor ? `× ${score(value)}` : score(value));
  const range = low === high ? text(low) : `${text(low)} to ${text(high)}`;
  return h(
    "li",
    { class: kind === "point" ? "sum" : "" },
    h("div", {}, h("b", {}, label), h("span", { class: "quiet" }, range)),
    bars(values, factor ? 1 : 0),
  );
}

/** What a part is at each step, as bars from the value at which it changes nothing. */
function bars(values: Float64Array, neutral: number): HTMLCanvasElement {
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const canvas = h("canvas", { width: WIDTH * scale, height: HEIGHT * scale, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  if (!context) {
    return canvas;
  }
  const { accent, other, grid } = colours();
  context.scale(scale, scale);
  const low = Math.min(neutral, ...values);
  const rise = Math.max(neutral, ...values) - low || 1;
  const down = (value: number) => 2 + ((low + rise - value) * (HEIGHT - 4)) / rise;
  const step = WIDTH / values.length;
  values.forEach((value, n) => {
    context.fillStyle = value >= neutral ? accent : other;
    const top = Math.min(down(value), down(neutral));
    const width = Math.max(step - (step > 4 ? 2 : 0), 1);
    context.fillRect(n * step, top, width, Math.max(Math.abs(down(value) - down(neutral)), 1));
  });
  context.fillStyle = grid;
  context.fillRect(0, down(neutral), WIDTH, 1);
  return canvas;
}

function stretches(session: Session, found: Explained): Content {
  const known = found.stretches.filter(({ effect }) => effect !== null);
  const most = known.toSorted((one, other) => (other.effect ?? 0) - (one.effect ?? 0))[0];
  const { series } = session;
  if (!most || !series || !most.effect) {
    return null;
  }
  const { line } = series;
  const time = (position: number) => {
    const at = line.x[position] ?? 0;
    return line.clock === "dates" ? moment(at + line.offset, series.frequency) : `step ${at}`;
  };
  return h(
    "p",
    {},
    "The forecast depends most on the values from ",
    h("b", {}, time(most.start)),
    " to ",
    h("b", {}, time(most.end)),
    `: without them, it would move by ${number(Number(most.effect.toPrecision(2)))} on average. `,
    "On the chart, the darker a part of the past is shaded, the more the forecast depends on it.",
  );
}
