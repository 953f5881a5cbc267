import type { Operation } from "./types";

/** Where each question of the page is answered. */
export const PATHS: Record<Operation, string> = {
  inspect: "inspect",
  predict: "predict",
  backtest: "backtest",
  explain: "predict",
  anomalies: "anomalies",
};
