/** The page: its views, and which of them the address asks for. */

import { type Address, readAddress } from "./address";
import { showForecast, takeFiles } from "./forecast/view";
import { leaveJobs, showJobs } from "./jobs/view";
import { showModels } from "./models/view";
import { recallKey } from "./service/key";

const VIEWS: Record<string, [title: string, show: (host: HTMLElement, address: Address) => void]> = {
  forecast: ["Forecast", showForecast],
  models: ["Models", showModels],
  jobs: ["Jobs", showJobs],
};

function route(): void {
  const host = document.getElementById("main");
  if (!host) {
    return;
  }
  const address = readAddress();
  const view = address.path[0] ?? "forecast";
  const [title, show] = VIEWS[view] ?? ["Forecast", showForecast];
  leaveJobs();
  document.title = `${title} · Forecasts`;
  for (const link of document.querySelectorAll<HTMLElement>("nav a[data-view]")) {
    link.toggleAttribute("aria-current", link.dataset["view"] === view);
  }
  show(host, address);
}

recallKey();
takeFiles();
addEventListener("hashchange", route);
route();
