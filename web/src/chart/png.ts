/** The chart as a picture of its own, with what stands around it on the page. */

import { h } from "../dom";
import { colours } from "./colours";

const HEAD = 68;
const LABEL = 16;
const LEFT = 16;

/** Draw a title and the legend above the canvas of the chart, and the strips with their labels below it. */
export function asPicture(
  chart: HTMLCanvasElement,
  title: string,
  legend: HTMLElement,
  strips: HTMLElement,
): Promise<Blob | null> {
  const scale = chart.width / (chart.clientWidth || chart.width);
  const [width, height] = [chart.width / scale, chart.height / scale];
  const below = [...strips.querySelectorAll<HTMLElement>(".strip")].flatMap((strip) => {
    const canvas = strip.querySelector("canvas");
    return canvas ? [{ canvas, label: strip.textContent ?? "", size: (canvas.height * width) / canvas.width }] : [];
  });
  const whole = HEAD + height + below.reduce((sum, { size }) => sum + size + LABEL, 0);
  const picture = h("canvas", { width: chart.width, height: whole * scale });
  const context = picture.getContext("2d");
  if (!context) {
    return Promise.resolve(null);
  }
  const { surface, ink, muted, accent, band, other, font } = colours();
  const write = (text: string, size: number, colour: string, left: number, down: number) => {
    context.fillStyle = colour;
    context.font = font.replace(/^\d+/, String(size));
    context.fillText(text, left, down);
  };
  context.scale(scale, scale);
  context.fillStyle = surface;
  context.fillRect(0, 0, width, whole);
  write(title, 17, ink, LEFT, 30);
  let left = LEFT;
  for (const key of legend.children) {
    const kind = key.className.replace(/.*key-/, "");
    context.fillStyle = { ink, accent, band }[kind] ?? other;
    context.fillRect(left, kind === "band" ? 45 : 49, 16, kind === "band" ? 11 : 3);
    write(key.textContent ?? "", 12, muted, left + 22, 55);
    left += 22 + context.measureText(key.textContent ?? "").width + 16;
  }
  context.drawImage(chart, 0, HEAD, width, height);
  let top = HEAD + height;
  for (const { canvas, label, size } of below) {
    write(label, 12, muted, LEFT, top + LABEL - 4);
    context.drawImage(canvas, 0, top + LABEL, width, size);
    top += LABEL + size;
  }
  return new Promise((resolve) => picture.toBlob(resolve, "image/png"));
}
