/** The forecast as a table, for reading and for those who do not see the chart. */

import { h, table } from "../../dom";
import { moment, number } from "../../format";
import type { Session } from "../session";

const MOST_ROWS = 500;

export function valuesPanel(session: Session): Parameters<typeof h>[2] {
  const { forecast, series } = session;
  if (!forecast) {
    return h("p", { class: "quiet" }, "There is no forecast yet.");
  }
  const { line, bands, frequency } = forecast;
  const shift = line.clock === "positions" ? (series?.line.x.length ?? 0) : 0;
  const offset = series?.line.offset ?? line.offset;
  const rows = Array.from(line.y.slice(0, MOST_ROWS), (value, n) => {
    const at = line.x[n] ?? 0;
    return [
      line.clock === "dates" ? moment(at + offset, frequency) : String(at + shift),
      number(value),
      ...bands.flatMap(({ lower, upper }) => [number(lower[n]), number(upper[n])]),
    ];
  });
  const heads = [
    line.clock === "dates" ? "Time" : "Step",
    "Forecast",
    ...bands.flatMap(({ level }) => [`${level}% from`, `${level}% to`]),
  ];
  return [
    table(`The forecast of ${forecast.id ?? "the series"}`, heads, rows, "numbers"),
    line.y.length > MOST_ROWS ? h("p", { class: "quiet" }, `The first ${MOST_ROWS} steps; the download has all.`) : null,
  ];
}
