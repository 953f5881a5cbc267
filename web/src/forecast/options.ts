/** The options of the page: which requests they belong to, and which the address holds. */

import type { Fields } from "../address";
import type { Operation } from "../service/types";

/** How the file is read. A change needs it to be read anew. */
export const READING = [
  "id_col", "time_col", "target_col", "covariates", "static_cols", "layout", "delimiter", "decimal",
  "date_format", "sheet", "frequency", "timezone", "repair",
] as const;
const FORECASTING = [
  "horizon", "levels", "season_length", "effort", "lower", "upper", "integer", "non_negative",
  "model", "version",
] as const;
const BACKTEST = ["windows"] as const;
const WITHOUT_EFFECT_ON: Partial<Record<Operation, readonly string[]>> = {
  inspect: ["levels", "effort", ...BACKTEST],
  predict: BACKTEST,
};
/** What only the page itself needs. */
export const OF_THE_VIEW = ["sample", "file", "series", "tab"] as const;

/** The most series that the page describes and draws; forecasts are made of all. */
export const MOST_SERIES = 2_000;

const KNOWN = new Set<string>([...READING, ...FORECASTING, ...BACKTEST]);

/** The options among the parameters of an address. */
export function optionsIn(params: Fields): Fields {
  return Object.fromEntries(Object.entries(params).filter(([name, text]) => KNOWN.has(name) && text));
}

/** The fields of a request, as they are shown as code. */
export function fieldsOf(operation: Operation, options: Fields, many: boolean): Fields {
  const others = WITHOUT_EFFECT_ON[operation] ?? [];
  const fields = Object.entries(options).filter(([name]) => !others.includes(name));
  const partial = many && operation !== "inspect" ? { on_error: "partial" } : {};
  return { ...Object.fromEntries(fields), ...partial };
}

/** The options that a training takes from those of the forecast. */
export function trainingFields(options: Fields): Fields {
  const taken = new Set<string>([...READING, "horizon", "season_length"]);
  return Object.fromEntries(Object.entries(options).filter(([name]) => taken.has(name)));
}

export function changesReading(name: string): boolean {
  return (READING as readonly string[]).includes(name) || name === "season_length";
}
