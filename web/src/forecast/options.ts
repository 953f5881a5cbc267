/** The options of the page: which requests they belong to, and which the address holds. */

import type { Fields } from "../address";
import type { Operation } from "../service/types";

/** How the file is read, and what forecasts it: what every request takes. */
const READING = [
  "id_col", "time_col", "target_col", "target_cols", "covariates", "known_ahead", "static_cols", "layout",
  "delimiter", "decimal", "date_format", "sheet", "frequency", "timezone", "repair", "open",
] as const;
const EVERYWHERE = [...READING, "season_length", "calendar", "model", "version"] as const;
const BOUNDS = ["lower", "upper", "integer", "non_negative"] as const;
const FORECAST = [...EVERYWHERE, ...BOUNDS, "horizon", "levels", "effort"] as const;

const OPTIONS_OF: Record<Operation, readonly string[]> = {
  inspect: EVERYWHERE,
  predict: FORECAST,
  explain: FORECAST,
  backtest: [...FORECAST, "windows"],
  anomalies: [...EVERYWHERE, ...BOUNDS, "level", "last"],
};
const OF_TRAINING: readonly string[] = [...READING, "calendar", "horizon", "season_length"];
const KNOWN = new Set(Object.values(OPTIONS_OF).flat());

/** The most series that the page describes and draws; forecasts are made of all. */
export const MOST_SERIES = 2_000;

/** The options among the parameters of an address. */
export function optionsIn(params: Fields): Fields {
  return Object.fromEntries(Object.entries(params).filter(([name, text]) => KNOWN.has(name) && text));
}

/** The fields of a request. Of many series, a bad one does not fail the others. */
export function fieldsOf(operation: Operation, options: Fields, many: boolean): Fields {
  return {
    ...only(OPTIONS_OF[operation], options),
    ...(operation === "explain" ? { explain: "true" } : {}),
    ...(many && operation !== "inspect" ? { on_error: "partial" } : {}),
  };
}

/** Whether a change of options changes a request. */
export function concerns(operation: Operation, before: Fields, after: Fields): boolean {
  return OPTIONS_OF[operation].some((name) => before[name] !== after[name]);
}

/** The options that a training takes from those of the forecast. */
export function trainingFields(options: Fields): Fields {
  return only(OF_TRAINING, options);
}

function only(names: readonly string[], options: Fields): Fields {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
