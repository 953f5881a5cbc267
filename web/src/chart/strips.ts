/** Strips below the chart, one for each covariate, with the times of the chart. */

import type uPlot from "uplot";
import { fill, h } from "../dom";
import { number } from "../format";
import { colours } from "./colours";
import type { Picture } from "./picture";

const HEIGHT = 34;
const MOST = 8;

/** Draw the strips for what the chart shows now. */
export function drawStrips(host: HTMLElement, plot: uPlot, { beside, x }: Picture): void {
  host.hidden = !beside.length;
  if (host.hidden) {
    return;
  }
  const rest = beside.length - MOST;
  fill(
    host,
    beside.slice(0, MOST).map(({ name, y }) => {
      const known = y.filter(Number.isFinite);
      const [low, high] = known.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
      const range = `${number(low)} to ${number(high)}`;
      return h("div", { class: "strip" }, h("span", {}, h("b", {}, name), ` ${range}`), strip(plot, x, y, low, high));
    }),
    rest > 0 ? h("p", { class: "quiet" }, `And ${rest} more.`) : null,
  );
}

function strip(plot: uPlot, x: number[], y: Float64Array, low: number, high: number): HTMLCanvasElement {
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const { offsetLeft: left, clientWidth: width } = plot.over;
  const canvas = h("canvas", { width: plot.width * scale, height: HEIGHT * scale, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  if (!context) {
    return canvas;
  }
  const down = (value: number) => HEIGHT - 3 - ((value - low) * (HEIGHT - 6)) / (high - low || 1);
  context.scale(scale, scale);
  context.beginPath();
  context.rect(left, 0, width, HEIGHT);
  context.clip();
  context.beginPath();
  let open = false;
  const { min = 0, max = 0 } = plot.scales["x"] ?? {};
  for (let n = first(x, min) - 1; n < Math.min(y.length, first(x, max) + 1); n += 1) {
    const [at, value] = [x[n], y[n]];
    const known = at !== undefined && value !== undefined && Number.isFinite(value);
    if (known) {
      context[open ? "lineTo" : "moveTo"](left + plot.valToPos(at, "x"), down(value));
    }
    open = known;
  }
  context.strokeStyle = colours().muted;
  context.lineWidth = 1.2;
  context.stroke();
  return canvas;
}

/** The first position whose time is not before another. */
function first(x: readonly number[], time: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
