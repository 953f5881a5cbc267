/** What is drawn over the chart or under it, beside its lines and bands. */

import type uPlot from "uplot";
import type { Picture } from "./picture";

export function drawCutoffs(plot: uPlot, cutoffs: readonly number[], colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.5;
  ctx.setLineDash([3, 5]);
  for (const cutoff of cutoffs) {
    const left = Math.round(plot.valToPos(cutoff, "x", true));
    if (left > bbox.left && left < bbox.left + bbox.width) {
      ctx.beginPath();
      ctx.moveTo(left, bbox.top);
      ctx.lineTo(left, bbox.top + bbox.height);
      ctx.stroke();
    }
  }
  ctx.restore();
}

export function drawShades(plot: uPlot, shades: Picture["shades"], colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour;
  for (const { from, to, weight } of shades) {
    const left = Math.max(plot.valToPos(from, "x", true), bbox.left);
    const right = Math.min(plot.valToPos(to, "x", true), bbox.left + bbox.width);
    if (right > left) {
      ctx.globalAlpha = 0.18 * weight;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
    }
  }
  ctx.restore();
}

export function drawMarks(plot: uPlot, { marks, x, tracks }: Picture, colour: string): void {
  const { ctx, bbox } = plot;
  const values = tracks[0]?.y ?? [];
  const radius = 4 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour;
  for (const position of marks) {
    const value = values[position];
    if (value != null) {
      ctx.beginPath();
      ctx.arc(plot.valToPos(x[position] ?? 0, "x", true), plot.valToPos(value, "y", true), radius, 0, 7);
      ctx.fill();
    }
  }
  ctx.restore();
}
