/** The page's side of the worker, and the small requests that need none. */

import type { Fields } from "../address";
import { form } from "./form";
import { keyInUse } from "./key";
import { PATHS } from "./paths";
import { request, ServiceProblem } from "./problem";
import type { Answers, Operation, Order, Problem, Reply } from "./types";

/** Where the service is: beside the page, also behind a proxy that adds a path. */
export const ROOT = new URL("./", document.baseURI).href.split("#")[0] ?? "/";

export interface Upload {
  readonly name: string;
  readonly file: Blob;
}

/** A request whose answer is awaited, with those of its series that have come. */
interface Awaited {
  readonly series: unknown[];
  readonly resolve: (answer: never) => void;
  readonly reject: (problem: ServiceProblem) => void;
}

const worker = new Worker(new URL("page/worker.js", ROOT), { type: "module" });
const awaited = new Map<number, Awaited>();
let last = 0;

worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
  const asked = awaited.get(data.id);
  if (!asked) {
    return;
  }
  if ("part" in data) {
    asked.series.push(...data.part);
    return;
  }
  awaited.delete(data.id);
  if ("problem" in data) {
    asked.reject(new ServiceProblem(data.problem));
  } else {
    asked.resolve({ ...data.answer, series: asked.series } as never);
  }
});

/** Send a file with its options. Rejects with a ServiceProblem; never settles once cancelled. */
export function call<Name extends Operation>(
  operation: Name,
  { name, file }: Upload,
  fields: Fields,
  signal: AbortSignal,
): Promise<Answers[Name]> {
  last += 1;
  const id = last;
  const tell = (order: Order) => worker.postMessage(order);
  return new Promise((resolve, reject) => {
    awaited.set(id, { series: [], resolve, reject });
    signal.addEventListener("abort", () => {
      awaited.delete(id);
      tell({ id, cancel: true });
    });
    tell({ id, root: ROOT, key: keyInUse(), operation, file, name, fields });
  });
}

/** Ask for a document. */
export async function get<Document>(path: string): Promise<Document> {
  return (await request(ROOT + path)).json() as Promise<Document>;
}

/** Where a picture is: at the service itself, or in this page if the service asks for a key. */
export async function addressOf(path: string): Promise<string> {
  const address = ROOT + path;
  return keyInUse() ? URL.createObjectURL(await (await request(address)).blob()) : address;
}

/** Send something that changes the service, and return what it answers. */
export async function send<Document>(
  method: string,
  path: string,
  body?: unknown,
): Promise<Document> {
  const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const init = body instanceof FormData ? { body } : body === undefined ? {} : json;
  const response = await request(ROOT + path, { method, ...init });
  return (response.status === 204 ? undefined : await response.json()) as Document;
}

/** The answer to a file as the service writes it in a format, such as CSV. */
export async function download(
  operation: Operation,
  { name, file }: Upload,
  fields: Fields,
  accept: string,
): Promise<Blob> {
  const headers = { accept };
  const body = form(name, file, fields);
  return (await request(ROOT + PATHS[operation], { method: "POST", headers, body })).blob();
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ServiceProblem) {
    return error.problem;
  }
  throw error;
}
