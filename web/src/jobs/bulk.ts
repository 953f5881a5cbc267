/** What a bulk job has written. */

import { h } from "../dom";
import { count, number } from "../format";
import { get } from "../service/calls";

interface BulkResult {
  readonly input: string;
  readonly output: string;
  readonly failures: string;
  readonly series: number;
  readonly failed: number;
  readonly rows: number;
  readonly notes: readonly { readonly message: string; readonly series: number }[];
}

/** The result of a bulk job that has succeeded: how much there is, where, and what failed. */
export async function bulkResult(id: string): Promise<HTMLElement> {
  const { input, output, failures, series, failed, rows, notes } = await get<BulkResult>(`jobs/${id}/result`);
  const counts = { Series: series, "Series that failed": failed, "Rows written": rows };
  const places = { Input: input, Output: output, ...(failed ? { "Why series failed": failures } : {}) };
  return h(
    "div",
    {},
    h("dl", { class: "facts" }, Object.entries(counts).map(([name, many]) => h("div", {}, h("dt", {}, name), h("dd", {}, number(many))))),
    h("dl", { class: "terms" }, Object.entries(places).map(([name, place]) => [h("dt", {}, name), h("dd", {}, place)])),
    notes.length
      ? h("ul", { class: "notes" }, notes.map((note) => h("li", {}, `${note.message} (${count(note.series, "series", "series")})`)))
      : null,
  );
}
