/** What a visitor sees first: a place to drop a file, to paste into, and samples to try. */

import { h } from "../dom";
import { ROOT } from "../service/calls";
import { request } from "../service/problem";
import type { Source } from "./session";

interface Sample {
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

export const SAMPLES: readonly Sample[] = [
  { name: "airline_passengers", title: "Airline passengers", about: "Monthly, 1949 to 1960" },
  { name: "bikes", title: "Rented bicycles", about: "Hourly, ten weeks of 2012" },
  { name: "shops", title: "24 shops", about: "Daily, a German spreadsheet, made up" },
];

export async function loadSample(name: string): Promise<Source> {
  const file = await (await request(`${ROOT}page/samples/${name}.csv`)).blob();
  return { name: `${name}.csv`, file, sample: name };
}

export function landing(
  open: (source: Source) => void,
  openSample: (name: string) => void,
  awaited: string | undefined,
): HTMLElement {
  const chooser = h("input", {
    type: "file",
    id: "file",
    class: "unseen",
    onchange: () => {
      const [file] = chooser.files ?? [];
      if (file) {
        open({ name: file.name, file });
      }
    },
  });
  const pasted = h("textarea", {
    id: "pasted",
    rows: 5,
    spellcheck: "false",
    placeholder: "112, 118, 132, 129 …  or rows that you copied from a spreadsheet",
    "aria-label": "Values or rows of a table",
  });
  const paste = () => {
    if (pasted.value.trim()) {
      open(fromText(pasted.value));
    }
  };
  return h(
    "div",
    { class: "landing" },
    h("h1", {}, "Drop a file, see its future."),
    h("p", { class: "lead" }, "Sales, visitors, power, prices: anything that was counted or measured over time. The file goes to this service and nowhere else."),
    awaited ? h("p", { class: "hint" }, "This link was made for the file ", h("b", {}, awaited), ". Drop it to see the same view.") : null,
    h(
      "label",
      { class: "drop", for: "file" },
      h("span", { class: "drop-main" }, "Drop a file here, or ", h("u", {}, "choose one")),
      h("span", { class: "quiet" }, "CSV, Excel, JSON, Parquet or Arrow, with columns of any name"),
    ),
    chooser,
    h(
      "details",
      { class: "paste" },
      h("summary", {}, "Or paste values"),
      pasted,
      h("button", { type: "button", class: "primary", onclick: paste }, "Forecast what I pasted"),
    ),
    h("h2", { class: "small" }, "Or look at a sample"),
    h(
      "div",
      { class: "samples" },
      SAMPLES.map(({ name, title, about }) =>
        h(
          "button",
          { type: "button", class: "sample", "data-sample": name, onclick: () => openSample(name) },
          h("img", { src: `page/samples/${name}.svg`, alt: "", width: 200, height: 48 }),
          h("b", {}, title),
          h("span", { class: "quiet" }, about),
        ),
      ),
    ),
  );
}

/** A file of pasted text. Bare numbers, however they are separated, become a column. */
export function fromText(text: string): Source {
  const cells = text.trim().split(/[\s,;]+/);
  const bare = cells.every((cell) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(cell));
  const content = bare ? `y\n${cells.join("\n")}\n` : text;
  return { name: "pasted.csv", file: new Blob([content], { type: "text/csv" }) };
}
