/** How far ahead a file is forecast if nobody says so: whole seasons, because fewer steps show little of a pattern. */

import type { Fields } from "../address";
import type { Understood } from "../service/types";

const LEAST_STEPS = 6;
const MOST_STEPS = 192;
/** A backtest forecasts three parts of the past, and needs a part before them. */
const PARTS_OF_THE_PAST = 4;
/** So many values of all series are forecast and explained within the limits of a service that keeps the usual ones. */
const MOST_VALUES = 24_000;
/** With any of these, the service decides: a trained model has a horizon, and covariates may end sooner. */
const DECIDING = ["horizon", "model", "covariates", "known_ahead"];

export function isUndecided(options: Fields): boolean {
  return DECIDING.every((name) => !options[name]);
}

/** The shortest season of the first series, as often as it takes; none if the horizon of the service will do. */
export function wholeSeasons({ count, series }: Understood): Fields {
  const first = series.find((one) => !one.error);
  if (!first || first.error || !first.seasons.length) {
    return {};
  }
  const season = Math.min(...first.seasons.map(({ length }) => length));
  const horizon = season * Math.ceil(LEAST_STEPS / season);
  const most = Math.min(MOST_STEPS, first.observed / PARTS_OF_THE_PAST, MOST_VALUES / count);
  return horizon <= most ? { horizon: String(horizon) } : {};
}
