/** Many series: a search, and a small chart of each that leads to the large one. */

import { fill, h } from "../dom";
import { count } from "../format";
import { sparkline } from "../chart/sparkline";
import type { Session } from "./session";

const AT_ONCE = 24;

export class Picker {
  readonly element = h("section", { class: "picker", "aria-label": "Series", hidden: true });
  private readonly search = h("input", {
    type: "search",
    id: "search",
    placeholder: "Search",
    "aria-label": "Search the series by name",
  });
  private readonly found = h("span", { class: "quiet", role: "status" });
  private readonly grid = h("div", { class: "grid" });
  private readonly end = h("div", { class: "end" });
  private shown: number[] = [];
  private made = 0;

  constructor(private readonly session: Session) {
    this.element.append(h("div", { class: "row" }, this.search, this.found), this.grid, this.end);
    this.search.addEventListener("input", () => this.update());
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        this.more();
      }
    }, { root: this.element, rootMargin: "200px" }).observe(this.end);
  }

  /** Show the series that match the search, anew. */
  update(): void {
    const { answer } = this.session.inspect;
    const series = answer?.series ?? [];
    this.element.hidden = series.length < 2;
    const wanted = this.search.value.trim().toLowerCase();
    this.shown = series.flatMap((item, index) =>
      (item.id ?? String(index + 1)).toLowerCase().includes(wanted) ? [index] : [],
    );
    const all = answer?.count ?? 0;
    const rest = all > series.length ? `, the first ${count(series.length, "one")} of ${all}` : "";
    fill(this.found, wanted ? `${this.shown.length} of ${series.length}` : count(all, "series", "series") + rest);
    this.grid.replaceChildren();
    this.made = 0;
    this.more();
  }

  /** Mark the series that is shown large. */
  mark(): void {
    for (const tile of this.grid.querySelectorAll<HTMLElement>(".tile")) {
      tile.setAttribute("aria-pressed", String(Number(tile.dataset["index"]) === this.session.selected));
    }
  }

  private more(): void {
    const next = this.shown.slice(this.made, this.made + AT_ONCE);
    this.made += next.length;
    this.grid.append(...next.map((index) => this.tile(index)));
    this.mark();
  }

  private tile(index: number): HTMLElement {
    const item = this.session.inspect.answer?.series[index];
    const forecast = this.session.forecastOf(index);
    const failed = !item || item.error || (!forecast && !this.session.predict.loading);
    return h(
      "button",
      {
        type: "button",
        class: `tile ${failed ? "failed" : ""}`,
        "data-index": index,
        onclick: () => this.session.select(index),
      },
      h("span", { class: "tile-name" }, item?.id ?? `Series ${index + 1}`),
      item && !item.error
        ? sparkline(item, forecast)
        : h("span", { class: "quiet" }, "cannot be read"),
    );
  }
}
