/** Talks to the service away from the page's own thread, so that large answers never block it. */

import { form } from "./form";
import { useKey } from "./key";
import { request, ServiceProblem } from "./problem";
import { backtest, compared, explained, forecasts, understood } from "./reading";
import { PATHS } from "./paths";
import type { Answers, Operation, Order, Reply } from "./types";

type Ask = Extract<Order, { operation: Operation }>;
const READ: { [Name in Operation]: (document: never) => Answers[Name] } = {
  inspect: understood,
  predict: forecasts,
  backtest,
  explain: explained,
  anomalies: compared,
};
const running = new Map<number, AbortController>();
/** So many series are handed over at once, so that the page can do something else in between. */
const SERIES_IN_PART = 50;

self.addEventListener("message", ({ data }: MessageEvent<Order>) => {
  if ("cancel" in data) {
    running.get(data.id)?.abort();
    return;
  }
  void answer(data);
});

async function answer(ask: Ask): Promise<void> {
  const controller = new AbortController();
  running.set(ask.id, controller);
  useKey(ask.key);
  try {
    const document = await post(ask, controller.signal);
    handOver(ask.id, READ[ask.operation](document as never));
  } catch (error) {
    if (!controller.signal.aborted) {
      reply({ id: ask.id, problem: problemOf(error) });
    }
  } finally {
    running.delete(ask.id);
  }
}

function problemOf(error: unknown): ServiceProblem["problem"] {
  if (error instanceof ServiceProblem) {
    return error.problem;
  }
  const detail = `The page could not read the answer: ${error}`;
  return { status: 500, title: "A fault of the page", detail, code: "page_failed", errors: [] };
}

async function post({ root, operation, file, name, fields }: Ask, signal: AbortSignal) {
  const body = form(name, file, fields);
  const response = await request(root + PATHS[operation], { method: "POST", body, signal });
  const document: unknown = await response.json();
  return response.status === 202 ? resultOf(root, document as { id: string }, signal) : document;
}

/** Wait for a backtest that is so long that the service runs it as a job. */
async function resultOf(root: string, job: { id: string }, signal: AbortSignal): Promise<unknown> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const found = (await (await request(`${root}jobs/${job.id}`, { signal })).json()) as {
      state: string;
      error: { code: string; detail: string } | null;
    };
    if (found.state === "succeeded") {
      return (await request(`${root}jobs/${job.id}/result`, { signal })).json();
    }
    if (found.state === "failed" || found.state === "cancelled") {
      const detail = found.error?.detail ?? "The job was cancelled.";
      const code = found.error?.code ?? "cancelled";
      throw new ServiceProblem({ status: 409, title: "The job has no result", detail, code, errors: [] });
    }
  }
}

function handOver(id: number, { series, ...answer }: Answers[Operation]): void {
  for (let from = 0; from < series.length; from += SERIES_IN_PART) {
    reply({ id, part: series.slice(from, from + SERIES_IN_PART) });
  }
  reply({ id, answer });
}

function reply(message: Reply): void {
  postMessage(message);
}
