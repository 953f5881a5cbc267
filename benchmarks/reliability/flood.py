"""What one caller notices of another's flood, and whether wrong keys get anywhere."""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import time
from pathlib import Path

import httpx

from app.predict.examples import PASSENGERS
from benchmarks.reliability.client import Connection, post
from benchmarks.reliability.figures import Figure
from benchmarks.reliability.operations import count_admitted, read_document
from benchmarks.reliability.service import Service
from benchmarks.reliability.stopping import go_on

_SAMPLES = 1_000
_PAUSE_SECONDS = 0.005
_FLOOD_SECONDS = 30.0
_FLOOD = 64
"""Connections of the caller that floods, each of which always has a request under way."""


def measure_flood(folder: Path) -> list[Figure]:
    """Return the figures of a service that asks for keys. Raises StoppedError."""
    service = Service(folder, {"FORECAST_WORKERS": "2", "FORECAST_LOG_LEVEL": "warning"})
    small, flood = service.with_key("small"), service.with_key("flood")
    with service:
        quiet, flooded, sent = asyncio.run(_measure(service.port, small, flood))
        with httpx.Client(base_url=service.url, timeout=60) as client:
            admin = {"x-api-key": small}
            document = read_document(client)
            wrong = [small[:-1] + ("A" if small[-1] != "A" else "B"), "fk_", None]
            admitted = sum(count_admitted(client, document, key) for key in wrong)
            jobs = len(client.get("/jobs", headers=admin).json()["jobs"])
    print(f"p99 of a small request: {quiet:.1f} ms, {flooded:.1f} ms during {sent:,} of another")
    return [
        Figure(
            "p99 of a small request while another caller floods, against quiet",
            flooded / quiet,
            3.0,
            f"{sent:,} requests of the other on {_FLOOD} connections",
        ),
        Figure("requests with a wrong key that were let in", admitted + jobs, 0, "all operations"),
    ]


async def _measure(port: int, small: str, flood: str) -> tuple[float, float, int]:
    """Return the p99 in milliseconds in quiet and during a flood, and how much was sent then.

    Raises StoppedError.
    """
    body = json.dumps({"series": PASSENGERS, "horizon": 12}).encode()
    one, many = post("/predict", body, small), post("/predict", body, flood)
    await _p99(port, one)  # warms up
    quiet = await _p99(port, one)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        flood_sent = pool.apply_async(flood_until, (port, many, _FLOOD_SECONDS))
        await asyncio.sleep(_FLOOD_SECONDS / 5)
        flooded = await _p99(port, one, seconds=_FLOOD_SECONDS / 2)
        while not flood_sent.ready():
            go_on()
            await asyncio.sleep(_PAUSE_SECONDS)
        return quiet, flooded, flood_sent.get()


async def _p99(port: int, request: bytes, seconds: float = math.inf) -> float:
    """Return the p99 of the times that requests take, the last of them sent after `seconds`.

    Raises StoppedError.
    """
    times: list[float] = []
    end = time.monotonic() + seconds
    async with Connection(port) as connection:
        while len(times) < _SAMPLES and time.monotonic() < end:
            go_on()
            began = time.perf_counter()
            answer = await connection.send(request)
            assert answer.status == 200, answer
            times.append(time.perf_counter() - began)
            await asyncio.sleep(_PAUSE_SECONDS)
    return sorted(times)[math.ceil(0.99 * len(times)) - 1] * 1e3


def flood_until(port: int, request: bytes, seconds: float) -> int:
    """Send a request again and again, on many connections, and return how often.

    It runs in a process of its own, so that the other caller's time is not measured here.
    """
    end = time.monotonic() + seconds

    async def flood() -> int:
        async with Connection(port) as connection:
            sent = 0
            while time.monotonic() < end:
                await connection.send(request)
                sent += 1
            return sent

    async def flood_on_all() -> int:
        return sum(await asyncio.gather(*(flood() for _ in range(_FLOOD))))

    return asyncio.run(flood_on_all())
