/** Small charts, of which there may be hundreds: each is drawn when it comes into sight. */

import type { Forecast, SeriesAbout } from "../service/types";
import { h } from "../dom";
import { colours } from "./colours";

const WIDTH = 160;
const HEIGHT = 48;
const MOST_POINTS = 120;

export function sparkline(series: SeriesAbout, forecast: Forecast | null): HTMLCanvasElement {
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const canvas = h("canvas", { width: WIDTH * scale, height: HEIGHT * scale, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  if (!context) {
    return canvas;
  }
  context.scale(scale, scale);
  const ahead = Array.from(forecast?.line.y ?? []);
  const past = Array.from(series.line.y.slice(-(MOST_POINTS - Math.min(ahead.length, 60))));
  const band = forecast?.bands[0];
  const edges = band ? [...band.lower, ...band.upper] : [];
  const known = [...past, ...ahead, ...edges].filter(Number.isFinite);
  const low = Math.min(...known);
  const rise = Math.max(...known) - low || 1;
  const across = (n: number) => 2 + (n * (WIDTH - 4)) / Math.max(past.length + ahead.length - 1, 1);
  const down = (value: number) => HEIGHT - 4 - ((value - low) * (HEIGHT - 8)) / rise;
  const { ink, accent, band: shade } = colours();

  if (band) {
    context.beginPath();
    band.lower.forEach((value, n) => context.lineTo(across(past.length + n), down(value)));
    for (let n = band.upper.length - 1; n >= 0; n -= 1) {
      context.lineTo(across(past.length + n), down(band.upper[n] ?? 0));
    }
    context.fillStyle = shade;
    context.fill();
  }
  stroke(past, 0, ink);
  stroke([past.at(-1) ?? Number.NaN, ...ahead], past.length - 1, accent);
  return canvas;

  function stroke(values: number[], from: number, colour: string): void {
    if (!context) {
      return;
    }
    context.beginPath();
    let open = false;
    values.forEach((value, n) => {
      const known = Number.isFinite(value);
      if (known && open) {
        context.lineTo(across(from + n), down(value));
      } else if (known) {
        context.moveTo(across(from + n), down(value));
      }
      open = known;
    });
    context.strokeStyle = colour;
    context.lineWidth = 1.2;
    context.stroke();
  }
}
