/** The view of forecasts: the place to drop a file, or the file that was dropped. */

import { type Address, writeAddress } from "../address";
import { fill, h } from "../dom";
import { problemOf } from "../service/calls";
import { landing, loadSample, SAMPLES } from "./landing";
import { problemBox } from "./problems";
import { Session, type Source } from "./session";
import { workspace } from "./workspace";

let session: Session | null = null;
let shown: HTMLElement | null = null;

export function showForecast(host: HTMLElement, { params }: Address): void {
  const sample = SAMPLES.find(({ name }) => name === params["sample"])?.name;
  if (session && (!sample || session.source.sample === sample) && shown) {
    fill(host, shown);
    history.replaceState(null, "", location.hash);
    session.open(session.tab);
    return;
  }
  const open = (source: Source, options = params) => {
    session?.stop();
    session = new Session(source, options);
    shown = workspace(session, leave);
    fill(host, shown);
    session.start();
    scrollTo(0, 0);
    document.getElementById("main")?.focus();
  };
  const openSample = async (name: string, options = {}) => {
    try {
      open(await loadSample(name), options);
    } catch (error) {
      const task = { answer: null, problem: problemOf(error), loading: false, waiting: null };
      fill(host, problemBox(task, () => void openSample(name, options)));
    }
  };
  const leave = () => {
    session?.stop();
    session = null;
    location.hash = "#/forecast";
    showForecast(host, { path: ["forecast"], params: {} });
  };
  opener = open;
  if (sample) {
    fill(host, h("p", { class: "quiet" }, "Opening the sample …"));
    void openSample(sample, params);
    return;
  }
  fill(host, landing(open, (name) => void openSample(name), params["file"]));
}

let opener: ((source: Source) => void) | null = null;

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
      if (!location.hash.startsWith("#/forecast") && location.hash.length > 2) {
        history.pushState(null, "", writeAddress({ path: ["forecast"], params: {} }));
        dispatchEvent(new HashChangeEvent("hashchange"));
      }
      opener?.({ name: file.name, file });
    }
  });
}
