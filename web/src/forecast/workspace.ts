/** A file on the page: its chart, the options, and what else there is to know about it. */

import { Chart } from "../chart/chart";
import { picture } from "../chart/picture";
import { fill, h, say } from "../dom";
import { count, number } from "../format";
import type { Operation, Problem, SeriesAbout } from "../service/types";
import { Ahead } from "./ahead";
import { codeOf, codePanel } from "./panels/code";
import { Controls } from "./controls";
import { downloads } from "./downloads";
import { Picker } from "./picker";
import { isMarked, markControls, problemBox } from "./problems";
import { noteList } from "./panels/notes";
import { qualityPanel } from "./panels/quality";
import { type Change, type Session, type Tab, TABS } from "./session";
import { trainPanel } from "./panels/train";
import { inWords, understoodPanel } from "./panels/understood";
import { unusualPanel } from "./panels/unusual";
import { valuesPanel } from "./panels/values";
import { whyPanel } from "./panels/why";

const LABELS: Record<Tab, string> = {
  understood: "What was understood",
  quality: "How good is it?",
  why: "Why?",
  unusual: "Unusual values",
  values: "Values",
  code: "Code",
  train: "Train a model",
};
const PANELS = {
  understood: understoodPanel,
  quality: qualityPanel,
  why: whyPanel,
  unusual: unusualPanel,
  values: valuesPanel,
  code: codePanel,
  train: trainPanel,
};
/** Which tabs show something of what a request answers. */
const TABS_OF: Record<Change, readonly Tab[]> = {
  inspect: ["understood", "why", "unusual", "values", "train", "code"],
  predict: ["values", "code"],
  backtest: ["quality", "code"],
  explain: ["why", "code"],
  anomalies: ["unusual", "code"],
  selection: ["understood", "quality", "why", "unusual", "values"],
  tab: TABS,
};

export function workspace(session: Session, leave: () => void): HTMLElement {
  const chart = new Chart();
  const controls = new Controls(session);
  const picker = new Picker(session);
  const ahead = new Ahead(session);
  const about = h("p", { class: "quiet", id: "about" });
  const title = h("h2", {});
  const legend = h("div", { class: "legend" });
  const faults = h("div");
  const remarks = h("div", { class: "remarks" });
  const progress = h("div", { class: "progress", hidden: true });
  const panel = h("div", { class: "panel", role: "tabpanel", id: "panel", tabindex: 0 });
  const tabs = TABS.map((tab) =>
    h("button", { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": "panel", onclick: () => session.open(tab) }, LABELS[tab]),
  );
  const seen = new Map<Operation, unknown>();
  let drawn: number | null = null;
  let faced: Problem | null = null;

  function draw(): void {
    const series = session.series;
    card.classList.toggle("blank", !series);
    if (!series) {
      return;
    }
    const hindcasts = session.tab === "quality" ? session.hindcasts : null;
    const compared = session.tab === "unusual" ? session.compared : null;
    const explained = session.tab === "why" ? session.explained : null;
    const shown = picture(series, session.forecast, { hindcasts, compared, explained });
    chart.show(shown, drawn === session.selected);
    drawn = session.selected;
    fill(remarks, noteList(session, session.forecast?.notes ?? []));
    fill(title, series.id ?? valueColumn() ?? session.source.name);
    const bands = session.forecast?.bands.map(({ level }) => key("band", `${level}% band`)) ?? [];
    const past = hindcasts
      ? [key("other", "the season before, again")]
      : compared
        ? [key("dot", "unusual")]
        : [];
    fill(legend, key("ink", "observed"), key("accent", hindcasts ? "forecast, then and now" : "forecast"), bands, past);
  }

  function valueColumn(): string | undefined {
    return session.inspect.answer?.table?.columns.find((column) => column.taken_for === "target")?.name;
  }

  function showTab(): void {
    tabs.forEach((tab, index) => {
      const chosen = TABS[index] === session.tab;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${session.tab}`);
    const open = new Set([...panel.querySelectorAll("details[open]")].map((part) => part.className));
    fill(panel, PANELS[session.tab](session), codeOf(session, session.tab));
    for (const part of panel.querySelectorAll<HTMLDetailsElement>("details")) {
      part.open ||= open.has(part.className);
    }
    markControls(panel, session.predict.problem ?? session.inspect.problem);
  }

  function showState(): void {
    const { inspect, predict } = session;
    progress.hidden = !inspect.loading && !predict.loading;
    const failed = inspect.problem || inspect.waiting ? inspect : predict;
    const settled = failed === predict && (inspect.answer?.error || brokenSelection());
    const marked = failed.problem && !failed.waiting && isMarked(controls.element, failed.problem);
    const fault = settled || marked ? null : (failed.waiting?.problem ?? failed.problem);
    if (fault !== faced) {
      faced = fault;
      fill(faults, fault && problemBox(failed, () => session.start()));
    }
    const empty = !session.series && !inspect.loading && !inspect.waiting;
    card.hidden = empty;
    controls.element.hidden = empty && !session.options["model"];
    const series = session.series;
    fill(about, series ? described(series) : inspect.loading ? "Reading …" : "");
    if (!inspect.loading && !predict.loading && session.forecast) {
      say(`Forecast of ${session.forecast.line.y.length} steps, from ${number(session.forecast.line.y[0])} to ${number(session.forecast.line.y.at(-1))}.`);
    }
  }

  /** The file in a few words: of several series, it is said which one the words are about. */
  function described(series: SeriesAbout): string {
    const many = session.inspect.answer?.count ?? 1;
    const name = series.id ?? `series ${session.selected + 1}`;
    return many > 1 ? `${count(many, "series", "series")}; ${name}: ${inWords(series)}` : inWords(series);
  }

  function brokenSelection(): boolean {
    return session.inspect.answer?.series[session.selected]?.error !== undefined;
  }

  function press(event: KeyboardEvent): void {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move) {
      const at = TABS.indexOf(session.tab);
      const next = (at + move + TABS.length) % TABS.length;
      session.open(TABS[next] ?? "understood");
      tabs[next]?.focus();
      event.preventDefault();
    }
  }

  /** Whether a request has been answered since this was asked last. */
  function isNew(operation: Operation): boolean {
    const { answer } = session[operation];
    const before = seen.get(operation) ?? null;
    seen.set(operation, answer);
    return answer !== before;
  }

  session.listen((change) => {
    const arrived = change === "selection" || change === "tab" || isNew(change);
    showState();
    if (arrived) {
      draw();
    }
    if (change === "inspect" || change === "predict") {
      controls.update();
      if (arrived) {
        picker.update();
      }
    }
    if (change === "inspect") {
      void ahead.update();
    }
    if (change === "selection") {
      picker.mark();
      controls.update();
    }
    if (TABS_OF[change].includes(session.tab)) {
      showTab();
    }
  });

  const tool = (label: string, name: string, run: () => void) =>
    h("button", { type: "button", class: "plain", "aria-label": name, title: name, onclick: run }, label);
  const card = h(
    "section",
    { class: "card blank", "aria-label": "Chart" },
    progress,
    h(
      "div",
      { class: "card-head" },
      title,
      legend,
      h(
        "div",
        { class: "tools", role: "group", "aria-label": "Zoom" },
        tool("Latest", "Show the latest values", () => chart.look("recent")),
        tool("All", "Show all values", () => chart.look("all")),
        tool("+", "Zoom in", () => chart.zoom(0.5)),
        tool("−", "Zoom out", () => chart.zoom(2)),
      ),
    ),
    chart.element,
    remarks,
    h(
      "div",
      { class: "card-foot" },
      h("span", { class: "quiet by-mouse" }, "Drag to zoom, double-click to go back."),
      h("span", { class: "row quiet" }, "Download", downloads(session, chart, legend)),
    ),
  );
  showTab();
  showState();
  return h(
    "div",
    { class: "workspace" },
    h(
      "div",
      { class: "file-head" },
      h("h1", {}, session.source.name),
      about,
      h("button", { type: "button", id: "leave", onclick: leave }, "Another file"),
    ),
    faults,
    picker.element,
    ahead.element,
    card,
    controls.element,
    h("div", { class: "tabs", role: "tablist", "aria-label": "More", onkeydown: press }, tabs),
    panel,
  );
}

function key(colour: string, label: string): HTMLElement {
  return h("span", { class: `key key-${colour}` }, label);
}
