/** The view of forecasts: the place to drop a file, or the file that was dropped. */

import type { Address, Fields } from "../address";
import { fill, h } from "../dom";
import { landing, loadSample, SAMPLES } from "./landing";
import { failureBox } from "./problems";
import { Session, type Source } from "./session";
import { workspace } from "./workspace";

let session: Session | null = null;
let shown: HTMLElement | null = null;
let chosen: { readonly source: Source; readonly options: Fields } | null = null;

/** Show what was chosen, or the file that is open, or, at the start, where to choose one. */
export function showForecast(host: HTMLElement, { path, params }: Address): void {
  const known = params["sample"] === session?.source.sample;
  if (chosen) {
    start(host, chosen.source, chosen.options);
  } else if (session && shown && path.length && !params["sample"] && !params["file"]) {
    fill(host, shown);
    session.change(params);
    session.open(session.tab);
  } else if (session && known && (params["sample"] || params["file"] === session.source.name)) {
    start(host, session.source, params);
  } else if (SAMPLES.some(({ name }) => name === params["sample"])) {
    void startSample(host, params["sample"] ?? "", params);
  } else {
    const sample = (name: string) => (location.hash = `#/forecast?sample=${name}`);
    fill(host, landing((source) => choose(source, params), sample, params["file"]));
  }
}

/** Open a file in the view of forecasts, whichever view is shown now. */
function choose(source: Source, options: Fields = {}): void {
  chosen = { source, options };
  if (location.hash === "#/forecast") {
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = "#/forecast";
  }
}

function start(host: HTMLElement, source: Source, options: Fields): void {
  chosen = null;
  session?.stop();
  session = new Session(source, options);
  shown = workspace(session, () => (location.hash = "#/"));
  fill(host, shown);
  session.start();
  scrollTo(0, 0);
  host.focus();
}

async function startSample(host: HTMLElement, name: string, options: Fields): Promise<void> {
  fill(host, h("p", { class: "quiet" }, "Opening the sample …"));
  try {
    start(host, await loadSample(name), options);
  } catch (error) {
    fill(host, failureBox(error, () => void startSample(host, name, options)));
  }
}

/** Take files that are dropped anywhere on the page, and text that is pasted outside of fields. */
export function takeFiles(): void {
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) {
      document.body.classList.remove("dragging");
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dragging");
    const [file] = event.dataTransfer?.files ?? [];
    if (file) {
      choose({ name: file.name, file });
    }
  });
}
