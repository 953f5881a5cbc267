/** Requests that fail with a problem document. */

import { withKey } from "./key";
import type { Problem } from "./types";

export class ServiceProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const GONE: Problem = {
  status: 0,
  title: "The service cannot be reached",
  detail: "The service does not answer. It may have been stopped, or the connection is gone.",
  code: "unreachable",
  errors: [],
};

/** Fetch, and throw a ServiceProblem unless the answer is a success. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, withKey(init));
  } catch (error) {
    if (init.signal?.aborted) {
      throw error;
    }
    throw new ServiceProblem(GONE);
  }
  if (response.ok) {
    return response;
  }
  throw new ServiceProblem(await read(response));
}

async function read(response: Response): Promise<Problem> {
  const wait = Number(response.headers.get("retry-after"));
  const retry = wait > 0 ? { retryAfter: wait } : {};
  try {
    return { ...((await response.json()) as Problem), ...retry };
  } catch {
    return {
      status: response.status,
      title: response.statusText,
      detail: `The answer has the status ${response.status}, and does not say why.`,
      code: "unknown",
      errors: [],
      ...retry,
    };
  }
}
