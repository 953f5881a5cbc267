"""Jobs on a Ray cluster on this machine: two nodes against one, and nodes that are killed."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.bulk.runs import HORIZON, LEVELS
from benchmarks.reliability.service import Service
from tests.support.ray_nodes import RayNodes
from tests.support.service import ROOT

_RECIPE = {"units": [8], "context_length": 24, "epochs": 150, "patience": None}
_PASSENGERS = ROOT / "examples" / "airline_passengers.csv"
_PATIENCE_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Survival:
    """What became of trainings whose nodes were killed."""

    jobs: int
    killed: int
    """How many nodes were killed with a job on them."""
    attempts_lost: int
    jobs_lost: int
    """Jobs that did not end with exactly one version."""


@dataclass(frozen=True, slots=True)
class TableRun:
    """How long a bulk job took, from its request to its end, and how much it wrote."""

    seconds: float
    bytes_a_series: float


def forecast_table(nodes: int, table: Path, series: int) -> TableRun:
    """Forecast a table on so many nodes of one core each, each on a core of its own."""
    with TemporaryDirectory() as name, _ray(nodes, sorted(os.sched_getaffinity(0))) as ray:
        folder = Path(name).resolve()
        env = {"FORECAST_BULK_LOCATIONS": f"{folder},{table}"}
        with _service(folder, ray, env) as client:
            output = folder / "forecasts"
            shared = {"input": str(table), "horizon": HORIZON, "levels": LEVELS}
            began = time.perf_counter()
            ended = _wait(client, _post(client, "/bulk", output=str(output), **shared))
            seconds = time.perf_counter() - began
            if ended["state"] != "succeeded":
                raise SystemExit(f"the bulk job failed: {ended['error']}")
        written = sum(path.stat().st_size for path in output.rglob("*.parquet"))
        return TableRun(seconds, written / series)


def survival(jobs: int) -> Survival:
    """Train so many models on two nodes; kill the node of each job once, in its training."""
    with TemporaryDirectory() as name, _ray(2) as ray:
        folder = Path(name).resolve()
        with _service(folder, ray, {"FORECAST_JOB_ATTEMPTS": "10"}) as client:
            ended = []
            killed = 0
            for number in range(jobs):
                with _PASSENGERS.open("rb") as file:
                    job = _post_file(client, file.read(), f"model-{number}")
                _wait(client, job, "progress")
                node = ray.node_of(job)
                if node is not None:
                    ray.kill(node)
                    killed += 1
                    ray.add()
                ended.append(_wait(client, job))
            whole = sum(
                job["state"] == "succeeded"
                and client.get(f"/models/{job['model']}").json()["versions"] == [1]
                for job in ended
            )
    lost = sum(try_["ending"] == "lost" for job in ended for try_ in job["attempts"])
    return Survival(jobs, killed, lost, jobs - whole)


@contextmanager
def _ray(nodes: int, cores: Sequence[int] = ()) -> Iterator[RayNodes]:
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ |= {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
    with RayNodes(nodes, cores) as ray:
        yield ray


@contextmanager
def _service(folder: Path, ray: RayNodes, env: dict[str, str]) -> Iterator[httpx.Client]:
    ours = folder / "service"
    ours.mkdir()
    env = {"FORECAST_RAY_ADDRESS": ray.address, "FORECAST_TRAINING_SLOTS": "2"} | env
    with Service(ours, env) as service, httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


def _post(client: httpx.Client, path: str, **body: Any) -> str:
    return _id(client.post(path, json=body))


def _post_file(client: httpx.Client, content: bytes, model: str) -> str:
    fields = {"model": model, "recipe": json.dumps(_RECIPE), "promote": "always"}
    return _id(client.post("/train", files={"file": ("series.csv", content)}, data=fields))


def _id(answer: httpx.Response) -> str:
    if answer.status_code != 202:
        raise SystemExit(f"a job was refused: {answer.text}")
    return str(answer.json()["id"])


def _wait(client: httpx.Client, job: str, until: str = "ended_at") -> dict[str, Any]:
    """Return the job once it has ended, or has the field that is named."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        found: dict[str, Any] = client.get(f"/jobs/{job}").json()
        if found[until] or found["ended_at"]:
            return found
        time.sleep(0.2)
    raise SystemExit(f"job {job} took longer than {_PATIENCE_SECONDS:g} s")
