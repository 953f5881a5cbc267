/** Trying again, if the service is busy or gone for a moment. */

import { problemOf } from "./calls";
import type { Problem } from "./types";

const MOST_TRIES = 5;
const GONE_SECONDS = 2;

/** Run until it succeeds, or fails for a reason that will not pass; `waits` hears of each wait. */
export async function patiently<Result>(
  run: () => Promise<Result>,
  signal: AbortSignal,
  waits: (problem: Problem, seconds: number) => void,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      const problem = problemOf(error);
      const seconds = pause(problem);
      const gone = problem.status === 0;
      if (seconds === undefined || signal.aborted || (!gone && tries >= MOST_TRIES)) {
        throw error;
      }
      waits(problem, seconds);
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    }
  }
}

function pause({ status, code, retryAfter }: Problem): number | undefined {
  if (status === 0) {
    return GONE_SECONDS;
  }
  const passes = (status === 503 || status === 429) && code !== "deadline_exceeded";
  return passes ? retryAfter : undefined;
}
