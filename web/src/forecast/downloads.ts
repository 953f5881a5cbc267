/** Saving what is seen: the forecast as a table or as JSON, and the chart as a picture. */

import type { Chart } from "../chart/chart";
import { fill, h, save } from "../dom";
import { download } from "../service/calls";
import { ServiceProblem } from "../service/problem";
import { REQUEST_OF_TAB, type Session } from "./session";
import { inPageWords } from "./words";

const FORMATS = [
  ["CSV", "text/csv", "csv"],
  ["Parquet", "application/vnd.apache.parquet", "parquet"],
  ["JSON", "application/json", "json"],
] as const;

export function downloads(session: Session, chart: Chart, legend: HTMLElement): HTMLElement {
  const stem = session.source.name.replace(/\.[^.]*$/, "");
  const failure = h("span", { class: "wrong-note", role: "alert" });

  async function fetchAndSave(accept: string, ending: string): Promise<void> {
    const shown = REQUEST_OF_TAB[session.tab];
    const operation = shown === "backtest" || shown === "anomalies" ? shown : "predict";
    fill(failure);
    try {
      const blob = await download(operation, session.source, session.fields(operation), accept);
      save(blob, `${stem}-${operation === "predict" ? "forecast" : operation}.${ending}`);
    } catch (error) {
      if (!(error instanceof ServiceProblem)) {
        throw error;
      }
      fill(failure, `The download failed: ${inPageWords(error.problem.detail)}`);
    }
  }

  return h(
    "div",
    { class: "downloads", role: "group", "aria-label": "Download" },
    FORMATS.map(([label, accept, ending]) =>
      h("button", { type: "button", class: "plain", onclick: () => void fetchAndSave(accept, ending) }, label),
    ),
    h(
      "button",
      {
        type: "button",
        class: "plain",
        onclick: async () => {
          const picture = await chart.png(session.series?.id ?? stem, legend);
          if (picture) {
            save(picture, `${stem}.png`);
          }
        },
      },
      "PNG",
    ),
    failure,
  );
}
