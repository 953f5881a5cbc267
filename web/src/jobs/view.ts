/** Jobs: all of them, and one as it runs. */

import type { Address } from "../address";
import { commandOf, curlOf, pythonOf, sameAsCode, snippetsOf } from "../code";
import { fill, h, say } from "../dom";
import { type Candidate, candidateTable, type Evaluation, evaluationTable } from "../models/scores";
import { type Promotion, summaryOf } from "../models/view";
import { failureBox } from "../forecast/problems";
import { inPageWords } from "../forecast/words";
import { get, ROOT, send } from "../service/calls";
import { follow } from "../service/events";
import type { Note } from "../service/types";
import { bulkResult } from "./bulk";
import { decision } from "./decision";
import { type Progress, progressInWords, shareOf } from "./progress";

interface Job {
  readonly id: string;
  readonly kind: "training" | "backtest" | "bulk";
  readonly state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  readonly model: string;
  readonly created_at: string;
  readonly notes: readonly Note[];
  readonly progress: Progress | null;
  readonly version: number | null;
  readonly evaluation: Evaluation | null;
  readonly promotion: Promotion | null;
  readonly candidates?: readonly Candidate[] | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
}

const WORDS = { training: "Training of", backtest: "Backtest of", bulk: "Bulk job with" };
const STARTING = {
  training: "Starting: a training takes some seconds before its first epoch.",
  backtest: "Starting: a backtest takes some seconds before its first window.",
  bulk: "Starting: the table is looked through first.",
};
const EVERY_MS = 3_000;

let leaveJob: () => void = () => undefined;

export function showJobs(host: HTMLElement, { path }: Address): void {
  leaveJob();
  fill(host, h("p", { class: "quiet" }, "Loading …"));
  const [, id] = path;
  const code = sameAsCode(id ? codeOfJob(id) : codeOfList());
  const show = () => (id ? showJob(host, id, code) : showList(host, code));
  void show().catch((error: unknown) => {
    fill(host, failureBox(error, () => showJobs(host, { path, params: {} })));
  });
}

/** Stop following a job, when another view is opened. */
export function leaveJobs(): void {
  leaveJob();
  leaveJob = () => undefined;
}

function codeOfList(): HTMLElement {
  return snippetsOf({
    curl: curlOf("jobs"),
    python: pythonOf(["for job in client.jobs():", "    print(job)"]),
    command: commandOf("jobs"),
  });
}

function codeOfJob(id: string): HTMLElement {
  return snippetsOf({
    curl: curlOf(`jobs/${id}/events`, ["-N"]),
    python: pythonOf([`print(client.wait("${id}"))`]),
    command: commandOf(`jobs follow ${id}`),
  });
}

async function showList(host: HTMLElement, code: HTMLElement): Promise<void> {
  const { jobs } = await get<{ jobs: Job[] }>("jobs");
  fill(
    host,
    h("h1", {}, "Jobs"),
    h("p", { class: "lead" }, "Trainings, long backtests and bulk jobs, the newest first."),
    jobs.length ? null : h("p", {}, "There are none yet. Drop a file, and train a model on it."),
    h(
      "ul",
      { class: "cards" },
      jobs.map((job) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: `#/jobs/${job.id}` },
            h("b", {}, `${WORDS[job.kind]} ${job.model}`),
            h("span", { class: `badge ${job.state}` }, job.state),
            h("span", { class: "quiet" }, `${job.created_at.slice(0, 16).replace("T", " ")} UTC`),
            job.state === "running" && job.progress ? h("span", { class: "quiet" }, progressInWords(job.progress)) : null,
          ),
        ),
      ),
    ),
    code,
  );
  if (jobs.some(({ state }) => state === "queued" || state === "running")) {
    const timer = setTimeout(() => void showList(host, code).catch(() => undefined), EVERY_MS);
    leaveJob = () => clearTimeout(timer);
  }
}

async function showJob(host: HTMLElement, id: string, code: HTMLElement): Promise<void> {
  const job = await get<Job>(`jobs/${id}`);
  const head = h("div", { class: "row" });
  const bar = h("progress", { max: 1, "aria-label": "Progress" });
  const said = h("p", { class: "quiet" });
  const log = h("pre", { class: "log", tabindex: 0, role: "region", "aria-label": "Log" });
  const outcome = h("div");
  const cancel = h("button", { type: "button", id: "cancel", onclick: () => void stop() }, "Cancel");
  fill(
    host,
    h("p", {}, h("a", { href: "#/jobs" }, "All jobs")),
    h("h1", {}, `${WORDS[job.kind]} ${job.model}`),
    head,
    bar,
    said,
    outcome,
    job.notes.length ? h("ul", { class: "notes" }, job.notes.map(({ message }) => h("li", {}, inPageWords(message)))) : null,
    h("h2", { class: "small" }, "Log"),
    log,
    code,
  );

  async function stop(): Promise<void> {
    try {
      await send("DELETE", `jobs/${id}`);
      fill(said, "Asked to stop …");
    } catch (error) {
      fill(outcome, failureBox(error, () => void stop()));
    }
  }

  function showState(state: Job["state"]): void {
    const ended = state !== "queued" && state !== "running";
    fill(head, h("span", { class: `badge ${state}` }, state), ended ? null : cancel);
    bar.hidden = ended;
    say(`The job is ${state}.`);
    if (state === "running" && !said.textContent) {
      fill(said, STARTING[job.kind]);
    }
  }

  function showProgress(progress: Progress | null): void {
    if (!progress) {
      return;
    }
    bar.value = shareOf(progress);
    fill(said, progressInWords(progress));
  }

  function showEnd(ended: Job): void {
    const verdict = h("div");
    const written = h("div");
    showState(ended.state);
    fill(said, "");
    fill(
      outcome,
      ended.error ? h("div", { class: "problem", role: "alert" }, h("p", {}, ended.error.detail), h("p", { class: "quiet" }, ended.error.code)) : null,
      verdict,
      written,
      ended.evaluation ? evaluationTable(ended.evaluation) : null,
      ended.candidates ? candidateTable(ended.candidates) : null,
      ended.kind === "training" && ended.version !== null
        ? h("p", {}, h("a", { href: `#/models/${encodeURIComponent(ended.model)}` }, `Version ${ended.version} of ${ended.model}`))
        : null,
    );
    void showDecision(verdict, ended);
    void showWritten(written, ended);
  }

  showState(job.state);
  showProgress(job.progress);
  const heard: Record<string, (data: Record<string, unknown>) => void> = {
    state: ({ state }) => showState(state as Job["state"]),
    epoch: (progress) => showProgress(progress as unknown as Progress),
    window: (progress) => showProgress(progress as unknown as Progress),
    series: (progress) => showProgress(progress as unknown as Progress),
    log: ({ line }) => log.append(`${line}\n`),
    end: (ended) => showEnd(ended as unknown as Job),
  };
  const left = new AbortController();
  leaveJob = () => left.abort();
  follow(`${ROOT}jobs/${id}/events`, left.signal, (kind, data) => heard[kind]?.(data)).catch((error: unknown) =>
    fill(outcome, failureBox(error, () => void showJob(host, id, code))),
  );
}

/** Show what a bulk job has written. */
async function showWritten(host: HTMLElement, job: Job): Promise<void> {
  if (job.kind !== "bulk" || job.state !== "succeeded") {
    return;
  }
  try {
    fill(host, await bulkResult(job.id));
  } catch (error) {
    fill(host, failureBox(error, () => void showWritten(host, job)));
  }
}

/** Say whether the version that a job made is in use now, which may have changed since the job ended. */
async function showDecision(host: HTMLElement, job: Job): Promise<void> {
  const { model, version, promotion, evaluation } = job;
  if (!promotion || version === null) {
    return;
  }
  try {
    fill(host, decision({ model: await summaryOf(model), version, promotion, evaluation }));
  } catch (error) {
    fill(host, failureBox(error, () => void showDecision(host, job)));
  }
}
