"""Mixed traffic while versions are swapped: all of it is answered, and by right answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.predict.examples import PASSENGERS
from benchmarks.reliability.client import Connection, post
from benchmarks.reliability.figures import Figure
from benchmarks.reliability.operations import (
    Request,
    every_protocol,
    every_request,
    read_document,
)
from benchmarks.reliability.service import Service
from benchmarks.reliability.stopping import Stretch
from forecasting.store.archive import export_version, import_version
from forecasting.store.manifest import PromotePolicy
from forecasting.store.store import ModelStore
from training.promotion import decide_without_scores

SWAPPED = "swapped"
_CONNECTIONS = 8
_WARM = 10_000
_SWAPS = 100
_PAUSE_SECONDS = 0.2
"""Between requests of all operations, which take a hundred times as long as a short forecast."""

_REFUSED = {"/bulk"}
"""Its examples name tables in places that are not allowed here."""


@dataclass(slots=True)
class _Tally:
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    """Answers with the status 200 that are not the forecast of any version that may answer."""
    failed: list[str] = field(default_factory=list)
    warm_mib: float = 0.0
    swaps: int = 0

    @property
    def requests(self) -> int:
        return self.statuses.total()


def add_swapped_model(store: Path, folder: Path) -> None:
    """Publish two versions of one model that forecast differently."""
    opened = ModelStore(store)
    for model in ("airline-passengers", "sine"):
        file = folder / f"{model}.tar"
        export_version(opened, model, 1, file)
        import_version(
            opened,
            file,
            SWAPPED,
            lambda name: decide_without_scores(opened, name, PromotePolicy.NEVER).promotion,
        )


def measure_traffic(folder: Path, seconds: float) -> list[Figure]:
    """Return the figures of so many seconds of traffic on a service of two workers."""
    with Service(folder, {"FORECAST_WORKERS": "2", "FORECAST_LOG_LEVEL": "warning"}) as service:
        add_swapped_model(service.store, folder)
        time.sleep(2.0)  # until both workers have seen the new model
        began = time.monotonic()
        tally = asyncio.run(_send_for(service, seconds))
        took, after = time.monotonic() - began, service.resident_mib()
    over = f"{tally.requests:,} requests in {took:,.0f} s, {tally.swaps} swaps"
    broken = sum(count for status, count in tally.statuses.items() if status == 0 or status >= 500)
    print(f"statuses: {dict(sorted(tally.statuses.items()))}")
    print("\n".join(tally.failed[:20]))
    return [
        Figure("requests failed of those accepted", broken + len(tally.failed), 0, over),
        Figure("forecasts that are no version's", tally.wrong, 0, over),
        Figure(
            f"memory against that after {_WARM:,} requests",
            after / (tally.warm_mib or after),
            1.2,
            f"{tally.warm_mib:,.0f} MiB, then {after:,.0f} MiB",
        ),
        Figure("tracebacks in the log", service.log.read_text().count("Traceback"), 0),
    ]


async def _send_for(service: Service, seconds: float) -> _Tally:
    tally = _Tally()
    stretch = Stretch(seconds)
    right = {model: await _right_answers(service, model) for model in (None, SWAPPED)}
    tasks = [_send_forecasts(service, tally, right, stretch) for _ in range(_CONNECTIONS)]
    await asyncio.gather(
        *tasks,
        asyncio.to_thread(_swap, service, tally, seconds, stretch),
        asyncio.to_thread(_send_every_operation, service, tally, stretch),
    )
    return tally


def _forecast(model: str | None, version: int | None = None) -> bytes:
    body: dict[str, Any] = {"series": PASSENGERS, "horizon": 12}
    body |= {"model": model} if model else {}
    body |= {"version": version} if version else {}
    return post("/predict", json.dumps(body).encode())


async def _right_answers(service: Service, model: str | None) -> set[bytes]:
    """Return what each version that may answer says."""
    async with Connection(service.port) as connection:
        versions = [None] if model is None else [1, 2]
        answers = [await connection.send(_forecast(model, version)) for version in versions]
    assert all(answer.status == 200 for answer in answers), answers
    return {answer.body for answer in answers}


async def _send_forecasts(
    service: Service, tally: _Tally, right: dict[str | None, set[bytes]], stretch: Stretch
) -> None:
    requests = [(_forecast(model), right[model]) for model in (None, None, None, SWAPPED)]
    async with Connection(service.port) as connection:
        while not stretch.is_over:
            for request, answers in requests:
                answer = await connection.send(request)
                tally.statuses[answer.status] += 1
                tally.wrong += answer.status == 200 and answer.body not in answers
                if not tally.warm_mib and tally.requests >= _WARM:
                    tally.warm_mib = service.resident_mib()


def _swap(service: Service, tally: _Tally, seconds: float, stretch: Stretch) -> None:
    """Let production name the one and the other version in turn."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        while not stretch.is_over:
            path, body = f"/models/{SWAPPED}/aliases/production", {"version": tally.swaps % 2 + 1}
            _send(client, Request("put", path, {"json": body}), tally)
            tally.swaps += 1
            stretch.pause(seconds / _SWAPS / 1.5)  # enough of them, although each takes a while


def _send_every_operation(service: Service, tally: _Tally, stretch: Stretch) -> None:
    """Send every operation and every form of input, again and again."""
    with httpx.Client(base_url=service.url, timeout=120) as client:
        document = read_document(client)
        while not stretch.is_over:
            job = client.post("/train", json={"series": PASSENGERS, "model": "made"})
            tally.statuses[job.status_code] += 1
            job_id = job.json().get("id", "0" * 16)
            for request in (*every_request(document, job_id), *every_protocol()):
                if stretch.is_over:
                    break
                if request.path != f"/models/{SWAPPED}/versions/1" or request.method != "delete":
                    _send(client, request, tally)
                stretch.pause(_PAUSE_SECONDS)


def _send(client: httpx.Client, request: Request, tally: _Tally) -> None:
    try:
        answer = client.request(request.method, request.path, **request.options)
    except httpx.TransportError as error:
        tally.statuses[0] += 1
        tally.failed.append(f"{request.method} {request.path}: {error!r}")
        return
    tally.statuses[answer.status_code] += 1
    if answer.status_code == 422 and request.path not in _REFUSED:
        tally.failed.append(f"{request.method} {request.path}: {answer.text[:200]}")
