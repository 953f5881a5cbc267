/** The chart as a picture of its own, with what stands around it on the page. */

import { h } from "../dom";
import { colours } from "./colours";

const HEAD = 44;
const LABEL = 16;

/** Draw a title above the canvas of the chart, and the strips with their labels below it. */
export function asPicture(chart: HTMLCanvasElement, title: string, strips: HTMLElement): Promise<Blob | null> {
  const scale = chart.width / (chart.clientWidth || chart.width);
  const below = [...strips.querySelectorAll<HTMLElement>(".strip")].flatMap((strip) => {
    const canvas = strip.querySelector("canvas");
    return canvas ? [{ canvas, label: strip.textContent ?? "" }] : [];
  });
  const heights = below.map(({ canvas }) => canvas.height * (chart.width / canvas.width) + LABEL * scale);
  const height = HEAD * scale + chart.height + heights.reduce((sum, one) => sum + one, 0);
  const copy = h("canvas", { width: chart.width, height });
  const context = copy.getContext("2d");
  if (!context) {
    return Promise.resolve(null);
  }
  const { surface, ink, muted, font } = colours();
  const family = font.replace(/^\d+px /, "");
  const write = (text: string, size: number, colour: string, down: number) => {
    context.fillStyle = colour;
    context.font = `${size * scale}px ${family}`;
    context.fillText(text, 16 * scale, down);
  };
  context.fillStyle = surface;
  context.fillRect(0, 0, copy.width, copy.height);
  write(title, 17, ink, 28 * scale);
  context.drawImage(chart, 0, HEAD * scale);
  let top = HEAD * scale + chart.height;
  below.forEach(({ canvas, label }, n) => {
    const size = heights[n] ?? 0;
    write(label, 12, muted, top + (LABEL - 4) * scale);
    context.drawImage(canvas, 0, top + LABEL * scale, chart.width, size - LABEL * scale);
    top += size;
  });
  return new Promise((resolve) => copy.toBlob(resolve, "image/png"));
}
