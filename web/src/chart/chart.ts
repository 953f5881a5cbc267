/** The large chart: values over time, with zoom and the values under the cursor. */

import uPlot from "uplot";
import { fill, h, say } from "../dom";
import { moment, number, short, ticks } from "../format";
import { colours, onTheme } from "./colours";
import { drawCutoffs, drawMarks, drawShades } from "./overlays";
import { asPicture } from "./png";
import { drawStrips } from "./strips";
import type { Kind, Picture, Track } from "./picture";

const WIDTHS: Record<Kind, number> = { history: 1.5, forecast: 2, baseline: 2, expected: 1, edge: 0 };

const YEAR = 365 * 86_400;

type Range = readonly [from: number, to: number];

export class Chart {
  readonly element: HTMLElement;
  private readonly host = h("div", { class: "plot" });
  private readonly tip = h("div", { class: "tip", hidden: true });
  private readonly strips = h("div", { class: "strips", hidden: true });
  private plot: uPlot | null = null;
  private shown: Picture | null = null;

  constructor() {
    this.element = h(
      "div",
      { class: "chart", tabindex: 0, role: "group", onkeydown: (event: KeyboardEvent) => this.press(event) },
      this.host,
      this.strips,
      this.tip,
    );
    new ResizeObserver(() => this.resize()).observe(this.host);
    onTheme(() => this.draw());
  }

  /** Show a picture. The part that is looked at stays, unless it is another series. */
  show(picture: Picture, keep: boolean): void {
    const { min, max } = this.plot?.scales["x"] ?? {};
    const before = this.shown;
    this.shown = picture;
    const zoomed = before && min !== before.recent[0];
    this.draw(keep && zoomed && min != null && max != null ? [min, max] : picture.recent);
    this.element.setAttribute("aria-label", describe(picture));
  }

  /** Show the latest part, or all. */
  look(what: "recent" | "all"): void {
    const x = this.shown?.x ?? [];
    const range = what === "all" ? ([x[0] ?? 0, x.at(-1) ?? 1] as const) : this.shown?.recent;
    if (range) {
      this.plot?.setScale("x", { min: range[0], max: range[1] });
    }
  }

  /** Show more or less around the right end of what is shown. */
  zoom(factor: number): void {
    const { min, max } = this.plot?.scales["x"] ?? {};
    const x = this.shown?.x;
    if (x && min != null && max != null) {
      const from = Math.max(x[0] ?? min, max - (max - min) * factor);
      this.plot?.setScale("x", { min: from, max });
    }
  }

  /** The chart as a picture below a title and its legend. */
  png(title: string, legend: HTMLElement): Promise<Blob | null> {
    return this.plot ? asPicture(this.plot.ctx.canvas, title, legend, this.strips) : Promise.resolve(null);
  }

  private draw(range?: Range): void {
    const picture = this.shown;
    if (!picture) {
      return;
    }
    const { min, max } = this.plot?.scales["x"] ?? {};
    const shown = range ?? (min != null && max != null ? ([min, max] as const) : picture.recent);
    this.plot?.destroy();
    const data = [picture.x, ...picture.tracks.map((track) => track.y)] as uPlot.AlignedData;
    this.plot = new uPlot(this.options(picture, shown), data, this.host);
  }

  private options(picture: Picture, [min, max]: Range): uPlot.Options {
    const { ink, muted, grid, accent, band, other, font } = colours();
    const dated = picture.clock === "dates";
    const axis = { stroke: muted, font, ticks: { show: false }, grid: { stroke: grid, width: 1 } };
    const strokes = { history: ink, forecast: accent, baseline: other, expected: accent, edge: "transparent" };
    const lines = (track: Track): uPlot.Series => ({
      label: track.label,
      stroke: strokes[track.kind],
      width: WIDTHS[track.kind],
      points: { show: track.kind === "history" && picture.x.length < 30, size: 5 },
      ...(track.kind === "baseline" ? { dash: [4, 4] } : {}),
    });
    return {
      ...this.size(),
      padding: [12, 16, 0, 0],
      legend: { show: false },
      tzDate: (at) => uPlot.tzDate(new Date(1000 * (at + picture.offset)), "Etc/UTC"),
      scales: { x: { time: dated, min, max } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: (_plot, _axis, from, to, width) => (dated && width < 320 && to - from > 4 * YEAR ? 40 : 60),
          size: 40,
          values: (_plot, splits, _axis, _space, rise) =>
            dated ? ticks(splits.map((at) => at + picture.offset), rise) : splits.map(short),
        },
        { ...axis, size: 58, values: (_plot, splits) => splits.map(short) },
      ],
      series: [{}, ...picture.tracks.map(lines)],
      bands: picture.areas.map(({ upper, lower }) => ({
        series: [upper + 1, lower + 1] as [number, number],
        fill: band,
      })),
      cursor: { points: { size: 7 }, drag: { x: true, y: false, dist: 6 } },
      hooks: {
        drawAxes: [
          (plot) => drawShades(plot, picture.shades, accent),
          (plot) => drawCutoffs(plot, picture.cutoffs, muted),
        ],
        draw: [
          (plot) => drawMarks(plot, picture, other),
          (plot) => drawStrips(this.strips, plot, picture),
        ],
        setCursor: [(plot) => this.point(plot, picture)],
      },
    };
  }

  private point(plot: uPlot, picture: Picture): void {
    const { idx, left = -1 } = plot.cursor;
    const at = idx == null ? undefined : picture.x[idx];
    this.tip.hidden = left < 0 || at === undefined;
    if (this.tip.hidden || at === undefined || idx == null) {
      return;
    }
    const lines = readings(picture, idx);
    fill(
      this.tip,
      h("strong", {}, time(picture, at)),
      lines.map(([label, value]) => h("div", {}, h("span", {}, label), h("span", {}, value))),
    );
    const place = plot.over.offsetLeft + left;
    const flip = place > this.host.clientWidth / 2;
    this.tip.style.left = flip ? "" : `${place + 14}px`;
    this.tip.style.right = flip ? `${this.host.clientWidth - place + 14}px` : "";
  }

  /** Arrows move along the values and say them; plus, minus and Home change what is shown. */
  private press(event: KeyboardEvent): void {
    const plot = this.plot;
    const picture = this.shown;
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };
    const move = moves[event.key];
    if (event.key === "+" || event.key === "-") {
      this.zoom(event.key === "+" ? 0.5 : 2);
    } else if (event.key === "Home") {
      this.look("all");
    } else if (event.key === "End") {
      this.look("recent");
    } else if (move && plot && picture) {
      const before = plot.cursor.idx ?? picture.x.length - 1;
      const index = Math.min(Math.max(before + move, 0), picture.x.length - 1);
      const at = picture.x[index] ?? 0;
      plot.setCursor({ left: plot.valToPos(at, "x"), top: 20 });
      const read = readings(picture, index).map(([label, value]) => `${label} ${value}`);
      say(`${time(picture, at)}: ${read.join(", ")}`);
    } else {
      return;
    }
    event.preventDefault();
  }

  private size(): { width: number; height: number } {
    const width = Math.max(this.host.clientWidth, 280);
    return { width, height: Math.round(Math.min(440, Math.max(280, width * 0.46))) };
  }

  private resize(): void {
    if (this.plot && this.plot.width !== this.size().width) {
      this.plot.setSize(this.size());
    }
  }
}

function time({ clock, frequency, offset }: Picture, at: number): string {
  return clock === "dates" ? moment(at + offset, frequency) : `${clock === "steps" ? "" : "Step "}${at}`;
}

/** What is known of a step: pairs of a label and a text. */
function readings({ tracks, cutoffs, x }: Picture, index: number): [label: string, text: string][] {
  const joint = cutoffs.some((cutoff) => (x[index] ?? 0) < cutoff && cutoff < (x[index + 1] ?? 0));
  const found: [string, string][] = [];
  let from = "";
  for (const { label, kind, y } of tracks) {
    const value = y[index];
    const afterJoint = kind === "history" || y[index - 1] != null || !joint;
    if (value == null || !afterJoint) {
      continue;
    }
    if (kind === "edge" && label.endsWith(" from")) {
      from = number(value);
    } else if (kind === "edge") {
      found.push([label.replace(/^Band to$/, "Band").replace(" to", " band"), `${from} to ${number(value)}`]);
    } else {
      found.push([label, number(value)]);
    }
  }
  return found;
}

function describe(picture: Picture): string {
  const [history] = picture.tracks;
  const known = history?.y.filter((value) => value !== null) ?? [];
  const ahead = picture.tracks.findLast((track) => track.kind === "forecast" && track.label === "Forecast");
  const last = ahead?.y.at(-1);
  const from = time(picture, picture.x[0] ?? 0);
  const to = time(picture, picture.x.at(-1) ?? 0);
  const future = last == null ? "" : ` The last forecast is ${number(last)}.`;
  return (
    `Chart of ${picture.name || "the series"} from ${from} to ${to}, ${known.length} values.${future} ` +
    "Arrow keys read the values."
  );
}
