/** Server-sent events, read by fetch, because the browser's own reader sends no key. */

import { request, ServiceProblem } from "./problem";

const AGAIN_MS = 2_000;

/** Hear events until the one that ends them. If the connection is lost, go on after the last one that came. */
export async function follow(
  url: string,
  signal: AbortSignal,
  hear: (kind: string, data: Record<string, unknown>) => void,
): Promise<void> {
  let last = "";
  for (;;) {
    try {
      const headers = last ? { "last-event-id": last } : {};
      const response = await request(url, { signal, headers });
      for await (const event of eventsOf(response)) {
        last = event.id ?? last;
        hear(event.event ?? "", JSON.parse(event.data ?? "null") as Record<string, unknown>);
        if (event.event === "end") {
          return;
        }
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (error instanceof ServiceProblem && error.problem.status) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    if (signal.aborted) {
      return;
    }
  }
}

async function* eventsOf({ body }: Response): AsyncGenerator<Record<string, string>> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const blocks = (text + read.value).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => line.split(/: ?(.*)/s).slice(0, 2));
      if (!block.startsWith(":")) {
        yield Object.fromEntries(fields) as Record<string, string>;
      }
    }
  }
}
