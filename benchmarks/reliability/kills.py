"""Jobs while processes are killed and the disk is full: none is lost or fails without reason."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from app.predict.examples import PASSENGERS
from benchmarks.reliability.figures import Figure
from benchmarks.reliability.service import Service
from benchmarks.reliability.stopping import Stretch, is_asked_to_stop
from forecasting.store.store import ModelStore

_KILL_EVERY_SECONDS = 10.0
_FULL_SECONDS = 10.0
_TRAIN_EVERY = 10
_MOST_WAITING = 20
_END_SECONDS = 900.0
"""How long the jobs may take to end once nothing is killed any more."""
_DISK = "64m"
_TINY = {"cell": "lstm", "units": [4], "context_length": 12, "horizon": 4, "epochs": 2}
_KINDS = (
    ("training", "process of a job"),
    ("app.tables", "reader of tables"),
    ("spawn_main", "web process"),
    ("--parent", "worker"),
    ("-m\0app", "first process"),
)
"""What the command line of each kind of process holds; the first that fits."""
_ENDED = {"succeeded", "failed", "cancelled"}
_ENV = {
    "FORECAST_WORKERS": "2",
    "FORECAST_TRAINING_SLOTS": "2",
    "FORECAST_JOB_ATTEMPTS": "100",
    "FORECAST_MAX_WINDOWS": "1",
    "FORECAST_MAX_QUEUED_JOBS": "1000",
}
"""With one window, every backtest of more is a job, which takes less than a training."""


@dataclass(slots=True)
class _Course:
    """What happened."""

    accepted: list[str] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    full: int = 0
    errors: Counter[int] = field(default_factory=Counter)
    """Answers to forecasts, which go on all the time, by their status; 0 is a broken connection."""


def measure_kills(folder: Path, seconds: float, jobs: int) -> list[Figure]:
    """Return the figures of so many seconds of kills, with at most so many jobs.

    Raises StoppedError.
    """
    with _small_disk(folder / "disk") as disk:
        course = _Course()
        with Service(folder, _ENV, jobs=disk) as service:
            _harass(service, course, seconds, jobs, disk if disk.is_mount() else None)
            ended = _wait_for_end(service, course)
            lost = _count_lost(service, course, ended)
        log = service.log.read_text(errors="replace")
    states = Counter(job.get("state", "gone") for job in ended.values())
    reasons = Counter(job["error"]["code"] for job in ended.values() if job.get("error"))
    killed = ", ".join(f"{count} × {kind}" for kind, count in course.killed.most_common())
    print(
        f"jobs: {dict(states)}; why they failed: {dict(reasons)}; refused: {dict(course.refused)}"
    )
    print(f"killed: {killed}; started again {course.restarts} times; disk full {course.full} times")
    print(f"forecasts meanwhile: {dict(sorted(course.errors.items()))}")
    over = f"{len(course.accepted)} jobs, {course.killed.total()} kills, {course.full} full disks"
    return [
        Figure("jobs lost", lost, 0, over),
        Figure("jobs that failed for another reason than the disk", _unexplained(reasons), 0, over),
        Figure("answers with a 500 meanwhile", course.errors[500], 0),
        Figure("tracebacks in the log meanwhile", log.count("Traceback"), 0),
    ]


def _unexplained(reasons: Counter[str]) -> int:
    return reasons.total() - reasons["disk_full"]


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own, or, where none can be mounted, just a folder."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        print("no disk can be mounted here, so that none gets full; run it as root for that")
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _harass(
    service: Service, course: _Course, seconds: float, jobs: int, disk: Path | None
) -> None:
    """Send jobs and forecasts, kill a process now and then, and fill the disk twice.

    Raises StoppedError.
    """
    stop = Event()
    senders = [
        Thread(target=_send_jobs, args=(service, course, jobs, stop)),
        Thread(target=_send_forecasts, args=(service, course, stop)),
    ]
    for sender in senders:
        sender.start()
    stretch, began = Stretch(seconds), time.monotonic()
    next_kill, fills = began + _KILL_EVERY_SECONDS, [began + seconds / 3, began + 2 * seconds / 3]
    try:
        while not stretch.is_over:
            stretch.pause(0.2)
            if service.has_ended():
                service.start()
                course.restarts += 1
            if disk is not None and fills and time.monotonic() > fills[0]:
                fills.pop(0)
                course.full += 1
                Thread(target=_fill, args=(disk, stop)).start()
            if time.monotonic() > next_kill:
                next_kill += _KILL_EVERY_SECONDS
                _kill_one(service, course)
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    if service.has_ended():
        service.start()
        course.restarts += 1


def _kill_one(service: Service, course: _Course) -> None:
    """Kill a process of a random kind, so that the many readers of tables are not all that dies."""
    processes: dict[str, list[int]] = {}
    for process in service.processes():
        with suppress(OSError):
            command = Path(f"/proc/{process}/cmdline").read_text()
            kind = next((kind for sign, kind in _KINDS if sign in command), None)
            if kind is not None:
                processes.setdefault(kind, []).append(process)
    if not processes:  # The first process has ended meanwhile, and all others with it.
        return
    kind = random.choice(sorted(processes))
    with suppress(ProcessLookupError):
        os.kill(random.choice(processes[kind]), signal.SIGKILL)
        course.killed[kind] += 1


def _fill(disk: Path, stop: Event) -> None:
    """Take all room on the disk for a while."""
    filler = disk / "filler"
    end = time.monotonic() + _FULL_SECONDS
    with filler.open("ab", buffering=0) as file:
        while time.monotonic() < end and not stop.is_set():
            try:
                file.write(b"x" * 4096)
            except OSError:
                time.sleep(0.01)
    filler.unlink()


def _send_jobs(service: Service, course: _Course, jobs: int, stop: Event) -> None:
    """Ask for jobs, again with the same key when no answer came, and keep some waiting."""
    number = 0
    with httpx.Client(base_url=service.url, timeout=60) as client:
        while number < jobs and not stop.is_set():
            try:
                waiting = _unfinished(client)
                answer = _ask(client, number) if waiting < _MOST_WAITING else None
            except (httpx.TransportError, KeyError, ValueError):
                time.sleep(0.2)
                continue
            if answer is None:
                time.sleep(0.5)
            elif answer.status_code in {200, 202}:
                course.accepted.append(answer.json()["id"])
                number += 1
            else:
                course.refused[answer.status_code] += 1
                time.sleep(0.2)


def _ask(client: httpx.Client, number: int) -> httpx.Response:
    key = {"Idempotency-Key": f"soak-{number}"}
    if number % _TRAIN_EVERY == 0:
        body: dict[str, Any] = {"series": PASSENGERS, "model": "soaked", "recipe": _TINY}
        return client.post("/train", json=body, headers=key)
    body = {"series": PASSENGERS, "horizon": 4, "windows": 2, "model": "airline-passengers"}
    return client.post("/backtest", json=body, headers=key)


def _unfinished(client: httpx.Client) -> int:
    jobs = client.get("/jobs").json()["jobs"]
    return sum(job["state"] not in _ENDED for job in jobs)


def _send_forecasts(service: Service, course: _Course, stop: Event) -> None:
    with httpx.Client(base_url=service.url, timeout=60) as client:
        while not stop.is_set():
            status = 0
            with suppress(httpx.TransportError):
                status = client.post("/predict", json={"series": PASSENGERS}).status_code
            course.errors[status] += 1
            time.sleep(0.05)


def _wait_for_end(service: Service, course: _Course) -> dict[str, dict[str, Any]]:
    """Return each accepted job as it is once all have ended, or when patience has.

    If a signal asks to stop, those that have not ended are left out: nobody waits for them.
    """
    end = time.monotonic() + _END_SECONDS
    found: dict[str, dict[str, Any]] = {}
    with httpx.Client(base_url=service.url, timeout=60) as client:
        while True:
            jobs = {job["id"]: job for job in client.get("/jobs").json()["jobs"]}
            found = {job: jobs.get(job, {}) for job in course.accepted}
            waiting = [job for job in found.values() if job and job["state"] not in _ENDED]
            if is_asked_to_stop():
                return {name: job for name, job in found.items() if job not in waiting}
            if not waiting or time.monotonic() > end:
                return found
            time.sleep(0.5)


def _count_lost(service: Service, course: _Course, ended: dict[str, dict[str, Any]]) -> int:
    """Return how many jobs are gone, have not ended, or have ended without what they made."""
    store, lost = ModelStore(service.store), 0
    with httpx.Client(base_url=service.url, timeout=60) as client:
        for job in ended.values():
            if job.get("state") != "succeeded":
                lost += job.get("state") not in _ENDED
            elif job["kind"] == "training":
                store.manifest(job["model"], job["version"])
            else:
                lost += client.get(f"/jobs/{job['id']}/result").status_code != 200
    return lost + len(course.accepted) - len(set(course.accepted))
