"""What keys, metrics and the log cost a request, without the HTTP server around them.

    python -m benchmarks.serving.overhead 2> /dev/null

Three applications in one process take turns: one without metrics and log, one with both, as by
default, and one that also asks for a key. Each is called as the HTTP server calls it.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from starlette.types import ASGIApp, Message

from app.access.keys import add_key
from app.access.scopes import Scope
from app.main import create_app
from app.observation.logs import configure_logs
from app.observation.middleware import Observed
from app.predict.examples import PASSENGERS
from app.requests.request_id import RequestIdMiddleware
from app.settings.settings import Settings

_BODY = json.dumps({"series": (PASSENGERS * 2)[:48]}).encode()
_REQUESTS = 320
_ROUNDS = 40
_TRIES = 600


@dataclass(frozen=True)
class Application:
    """An application that has started, and the headers that it is called with."""

    call: ASGIApp
    headers: list[tuple[bytes, bytes]]

    async def predict(self) -> int:
        """Ask for one forecast, and return the status of the answer."""
        body: list[Message] = [{"type": "http.request", "body": _BODY, "more_body": False}]
        statuses: list[int] = []

        async def receive() -> Message:
            return body.pop() if body else await asyncio.get_running_loop().create_future()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await self.call(_scope(self.headers), receive, send)
        return statuses[0]

    async def measure(self, together: int) -> float:
        """Return the processor time that a request takes, of `together` at a time."""
        began = time.process_time()
        for _ in range(_REQUESTS // together):
            answers = await asyncio.gather(*(self.predict() for _ in range(together)))
            assert set(answers) == {200}, answers
        return (time.process_time() - began) / _REQUESTS


def main() -> None:
    """Measure, and print the table."""
    configure_logs("info", "text")
    with TemporaryDirectory() as folder:
        uvloop.run(_compare(Path(folder)))


async def _compare(folder: Path) -> None:
    keys = folder / "keys.json"
    key = add_key(keys, "bench", [Scope.PREDICT])
    plain = create_app(Settings(jobs_dir=folder / "plain"))
    assert isinstance(plain, RequestIdMiddleware)
    assert isinstance(plain.app, Observed)
    observed = create_app(Settings(jobs_dir=folder / "observed"))
    keyed = create_app(Settings(jobs_dir=folder / "keyed", api_keys_file=keys))
    applications = {
        "none of them": Application(RequestIdMiddleware(plain.app.app), []),
        "metrics and log": Application(observed, []),
        "metrics, log and key": Application(keyed, [(b"x-api-key", key.encode())]),
    }
    print("| requests at a time | with | microseconds a request | against none |")
    print("| --- | --- | --- | --- |")
    async with AsyncExitStack() as stack:
        for application in applications.values():
            await stack.enter_async_context(_started(application))
        for together in (1, 16):
            rounds = [
                [await application.measure(together) for application in applications.values()]
                for _ in range(_ROUNDS)
            ]
            for number, name in enumerate(applications):
                micros = 1e6 * statistics.median(seconds[number] for seconds in rounds)
                ratio = statistics.median(seconds[number] / seconds[0] for seconds in rounds)
                print(f"| {together} | {name} | {micros:.0f} | {ratio:.3f} |", flush=True)


@asynccontextmanager
async def _started(application: Application) -> AsyncIterator[None]:
    """Start an application, wait until it forecasts, and stop it after the block."""
    received: asyncio.Queue[Message] = asyncio.Queue()
    sent: asyncio.Queue[Message] = asyncio.Queue()
    lifespan = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}

    async def live() -> None:
        await application.call(lifespan, received.get, sent.put)

    living = asyncio.create_task(live())
    await received.put({"type": "lifespan.startup"})
    assert (await sent.get())["type"] == "lifespan.startup.complete"
    for _ in range(_TRIES):
        if await application.predict() == 200:
            break
        await asyncio.sleep(0.1)
    yield
    await received.put({"type": "lifespan.shutdown"})
    await living


def _scope(headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """Return what the HTTP server says of a request."""
    length = str(len(_BODY)).encode()
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/predict",
        "raw_path": b"/predict",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"content-length", length),
            *headers,
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


if __name__ == "__main__":
    main()
