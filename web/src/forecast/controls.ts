/** The options of the forecast. Each change is sent at once. */

import { fill, h } from "../dom";
import { steps } from "../format";
import { get } from "../service/calls";
import { control } from "./control";
import { markControls } from "./problems";
import type { Session } from "./session";

interface ModelSummary {
  readonly model: string;
  readonly versions: readonly number[];
  readonly aliases: Readonly<Record<string, number>>;
  readonly default: boolean;
}

const LEVELS = ["50", "80", "90", "95"];
const EFFORTS = ["fast", "standard", "best"];
const USUAL_LEVEL = "80";

export class Controls {
  readonly element: HTMLElement;
  private readonly horizon = h("input", { type: "number", id: "horizon", min: 1, step: 1 });
  private readonly slider = h("input", { type: "range", min: 1, max: 48, "aria-label": "Steps ahead" });
  private readonly unit = h("span", { class: "quiet" });
  private readonly levels = h("div", { class: "chips", role: "group", "aria-label": "Levels of the bands" });
  private readonly efforts = h("div", { class: "chips", role: "group", "aria-label": "Effort" });
  private readonly season = h("input", { type: "number", id: "season", min: 1, placeholder: "found" });
  private readonly lower = h("input", { type: "number", id: "lower", step: "any", placeholder: "none" });
  private readonly upper = h("input", { type: "number", id: "upper", step: "any", placeholder: "none" });
  private readonly calendar = h("input", { id: "calendar", placeholder: "none, or holidays:DE, weekend" });
  private readonly integer = h("input", { type: "checkbox", id: "integer" });
  private readonly belowZero = h("input", { type: "checkbox", id: "below-zero" });
  private readonly model = h("select", { id: "model" });
  private readonly version = h("select", { id: "version" });
  private models: readonly ModelSummary[] = [];
  private asked: string | null = null;

  constructor(private readonly session: Session) {
    this.element = h(
      "section",
      { class: "controls", "aria-label": "Options of the forecast" },
      control("horizon", "Ahead", h("div", { class: "row" }, this.horizon, this.unit), this.slider),
      control("levels", "Bands", this.levels),
      control("effort", "Effort", this.efforts),
      control("season_length", "Season, in steps", this.season),
      control("model", "Model and version", h("div", { class: "row" }, this.model, this.version)),
      h(
        "details",
        { class: "control limits" },
        h("summary", {}, "Limits and holidays"),
        h(
          "div",
          { class: "row" },
          control("lower", "Lowest", this.lower),
          control("upper", "Highest", this.upper),
          control("calendar", "Days that matter", this.calendar),
          h("label", { class: "check", for: "integer" }, this.integer, "Whole numbers"),
          h("label", { class: "check", for: "below-zero" }, this.belowZero, "May fall below 0"),
        ),
      ),
    );
    this.listen();
    this.update();
  }

  /** Show what the options are, and what is wrong with them. */
  update(): void {
    const { options, forecast, series } = this.session;
    const chosen = Number(options["horizon"]) || forecast?.line.x.length || 12;
    show(this.horizon, String(chosen));
    this.slider.max = String(Math.max(48, 2 * (series?.seasons[0]?.length ?? 0), Math.min(chosen, 512)));
    show(this.slider, String(chosen));
    fill(this.unit, steps(chosen, series?.frequency ?? null).replace(/^[\d,]+ /, ""));
    this.chips(this.levels, LEVELS, this.chosenLevels(), (level) => this.toggle(level), (level) => `${level}%`);
    this.chips(this.efforts, EFFORTS, [options["effort"] ?? "standard"], (effort) =>
      this.session.change({ effort: effort === "standard" ? "" : effort }),
    );
    show(this.season, options["season_length"] ?? "");
    this.season.placeholder = series?.seasons.length
      ? `${series.seasons.map((season) => season.length).join(", ")}`
      : "none";
    show(this.lower, options["lower"] ?? "");
    show(this.upper, options["upper"] ?? "");
    show(this.calendar, options["calendar"] ?? "");
    this.integer.checked = options["integer"] === "true";
    this.belowZero.checked = options["non_negative"] === "false";
    void this.loadModels();
    this.showModel();
    markControls(this.element, this.session.predict.problem);
  }

  private listen(): void {
    const field = (input: HTMLInputElement, name: string) =>
      input.addEventListener("input", () => this.session.change({ [name]: input.value }));
    field(this.horizon, "horizon");
    this.slider.addEventListener("input", () => this.session.change({ horizon: this.slider.value }));
    field(this.season, "season_length");
    field(this.lower, "lower");
    field(this.upper, "upper");
    this.calendar.addEventListener("change", () =>
      this.session.change({ calendar: this.calendar.value.replaceAll(/\s/g, "") }),
    );
    this.integer.addEventListener("change", () =>
      this.session.change({ integer: this.integer.checked ? "true" : "" }),
    );
    this.belowZero.addEventListener("change", () =>
      this.session.change({ non_negative: this.belowZero.checked ? "false" : "" }),
    );
    this.model.addEventListener("change", () => {
      this.session.change({ model: this.model.value, version: "" });
      this.showModel();
    });
    this.version.addEventListener("change", () => this.session.change({ version: this.version.value }));
  }

  private chosenLevels(): string[] {
    const { options, forecast } = this.session;
    const usual = forecast ? forecast.bands.map(({ level }) => level) : [USUAL_LEVEL];
    return options["levels"]?.replace(/[[\]]/g, "").split(",").filter(Boolean) ?? usual;
  }

  private toggle(level: string): void {
    const before = this.chosenLevels();
    const after = before.includes(level) ? before.filter((one) => one !== level) : [...before, level];
    after.sort((one, other) => Number(one) - Number(other));
    const text = after.length ? after.join(",") : "[]";
    this.session.change({ levels: text === USUAL_LEVEL ? "" : text });
  }

  private chips(
    host: HTMLElement,
    names: readonly string[],
    pressed: readonly string[],
    press: (name: string) => void,
    label = (name: string) => name,
  ): void {
    if (!host.children.length) {
      host.append(
        ...names.map((name) =>
          h("button", { type: "button", "data-name": name, onclick: () => { press(name); this.update(); } }, label(name)),
        ),
      );
    }
    for (const chip of host.querySelectorAll("button")) {
      chip.setAttribute("aria-pressed", String(pressed.includes(chip.dataset["name"] ?? "")));
    }
  }

  /** Ask for the models: at first, and once for a version that was not among them, such as one just trained. */
  private async loadModels(): Promise<void> {
    const { model = "", version = "" } = this.session.options;
    const wanted = `${model}/${version}`;
    if (this.asked === wanted || this.isKnown(model, version)) {
      return;
    }
    this.asked = wanted;
    try {
      this.models = (await get<{ models: ModelSummary[] }>("models")).models;
    } catch {
      this.asked = null; // The requests for forecasts say what is wrong.
      return;
    }
    const choices = this.models.map(({ model, default: usual }) =>
      h("option", { value: usual ? "" : model }, model),
    );
    fill(this.model, choices);
    this.showModel();
  }

  private isKnown(model: string, version: string): boolean {
    const found = this.models.find((one) => (model ? one.model === model : one.default));
    return found !== undefined && (!version || found.versions.includes(Number(version)));
  }

  private showModel(): void {
    const { model: chosen, version } = this.session.options;
    const found = this.models.find(({ model, default: usual }) => (chosen ? model === chosen : usual));
    show(this.model, found?.default ? "" : (chosen ?? ""));
    const inUse = found?.aliases["production"] ?? found?.versions.at(-1);
    fill(
      this.version,
      h("option", { value: "" }, inUse === undefined ? "in use" : `${inUse}, in use`),
      found?.versions.map((number) => h("option", { value: number }, number)),
    );
    this.version.setAttribute("aria-label", "Version of the model");
    this.version.value = version ?? "";
  }
}

/** Set the value of an input, unless it is being written into. */
function show(input: HTMLInputElement | HTMLSelectElement, text: string): void {
  if (document.activeElement !== input || input.type === "range") {
    input.value = text;
  }
}
