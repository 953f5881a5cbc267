"""A real service in a process of its own."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import httpx

ROOT = Path(__file__).parent.parent.parent
_PATIENCE_SECONDS = 120.0
NO_TLS = False
"""The `verify` of clients of HTTP: what HTTPS is verified by takes each client 20 ms to load."""


class Service:
    """`python -m app` on a free port; inside the `with` block it is ready."""

    def __init__(
        self,
        store: Path,
        jobs: Path,
        env: Mapping[str, str] = MappingProxyType({}),
        *,
        wait_ready: bool = True,
        log: Path | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = store
        self._wait_ready = wait_ready
        self._log = log or jobs / "service.log"
        self._env = {
            "FORECAST_PORT": str(self.port),
            "FORECAST_MODEL_STORE": str(store),
            "FORECAST_JOBS_DIR": str(jobs),
            **env,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        self.process = _start_app(self._env, self._log)
        self.wait_for("/health/ready" if self._wait_ready else "/health/live")

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask the service to stop, and return its exit status. It may have ended before."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=_PATIENCE_SECONDS)

    def kill(self) -> None:
        """Kill the process that was started, as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def client(self) -> httpx.Client:
        """Return a client of the service."""
        return httpx.Client(base_url=self.url, timeout=60, verify=NO_TLS)

    @property
    def log(self) -> str:
        """Everything that the service has written so far."""
        return self._log.read_text()

    @property
    def worker(self) -> int:
        """The id of the worker process that the service has started."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [int(child) for thread in threads for child in thread.read_text().split()]
        (worker,) = [child for child in children if command_of(child)[2:4] == ["app", "--parent"]]
        return worker

    def wait_for(self, path: str) -> None:
        """Wait until `path` answers 200."""

        def answers() -> bool:
            assert self.process.poll() is None, f"the service ended:\n{self.log}"
            try:
                return asking.get(path, timeout=10).status_code == 200
            except httpx.TransportError:
                return False

        with self.client() as asking:
            wait_until(answers, what=f"{path} of the service:\n{self.log}")


@contextmanager
def worker(store: Path, jobs: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker without a service inside the `with` block; it logs to `worker.log`."""
    settings = {"FORECAST_MODEL_STORE": str(store), "FORECAST_JOBS_DIR": str(jobs)}
    process = _start_app({**settings, "FORECAST_ROLE": "worker", **env}, jobs / "worker.log")
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=_PATIENCE_SECONDS)


def _start_app(env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "app"], cwd=ROOT, env=os.environ | env, stdout=file, stderr=file
        )


def free_port() -> int:
    """Return a free port.

    It is below those that systems give to connections, so that no connection takes it before the
    service does. It is not drawn by `random`, which training seeds: two test runs would then choose
    the same port.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def running_jobs(jobs: Path) -> list[int]:
    """Return the ids of the processes that run a job of that folder, without zombies."""
    process_ids = []
    for entry in Path("/proc").glob("[0-9]*"):
        command = command_of(int(entry.name))
        if "training" in command and str(jobs) in " ".join(command):
            process_ids.append(int(entry.name))
    return process_ids


def command_of(process_id: int) -> list[str]:
    """Return the command line of a process, empty if it is gone or a zombie."""
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text().split("\0")
    except OSError:
        return []


def wait_until(done: Any, *, what: str, patience_s: float = _PATIENCE_SECONDS) -> None:
    """Wait until `done()` is true. Patience bounds a broken test; it measures nothing."""
    end = time.monotonic() + patience_s
    while not done():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
