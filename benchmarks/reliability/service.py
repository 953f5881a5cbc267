"""A service of several processes that can be killed, as an operator would run it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx

from benchmarks.reliability.stopping import go_on, is_asked_to_stop

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ("zero-shot", "airline-passengers", "sine")
_PATIENCE_SECONDS = 120.0
_STOP_SECONDS = 10.0


class Service:
    """`python -m app` with a store, jobs and keys of its own, on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, env: dict[str, str], *, jobs: Path | None = None) -> None:
        """Prepare it in an empty folder; `jobs` is elsewhere if that is a small disk."""
        self.store = folder / "store"
        self.jobs = jobs or folder / "jobs"
        self.keys = folder / "keys.json"
        self.log = folder / "service.log"
        for model in SHIPPED:
            shutil.copytree(ROOT / "model_store" / model, self.store / model)
        self.jobs.mkdir(exist_ok=True)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._env = {
            "FORECAST_PORT": str(self.port),
            "FORECAST_MODEL_STORE": str(self.store),
            "FORECAST_JOBS_DIR": str(self.jobs),
        } | env

    def with_key(self, name: str) -> str:
        """Make a key that may do everything, so that the service asks for keys."""
        command = ("keys", "add", "--name", name, "--scope", "predict,train,admin")
        self._env["FORECAST_API_KEYS_FILE"] = str(self.keys)
        return subprocess.check_output(
            [sys.executable, "-m", "app", *command, "--file", str(self.keys)],
            cwd=ROOT,
            text=True,
            stderr=subprocess.DEVNULL,
        ).strip()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._end()

    def start(self) -> None:
        """Start the processes, and wait until the service is ready.

        If it ends, it is started again, as a service manager does: what was left of one that was
        killed may have the port for some seconds more. Raises RuntimeError if it does not become
        ready, or StoppedError.
        """
        self._launch()
        try:
            self._wait_ready()
        except BaseException:
            self._end()
            raise

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app"],
                cwd=ROOT,
                env=os.environ | self._env,
                stdout=log,
                stderr=log,
            )

    def _wait_ready(self) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            go_on()
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200:
                    return
            if self.has_ended():
                time.sleep(1)
                self._launch()
            time.sleep(0.05)
        last = self.log.read_text(errors="replace")[-2_000:]
        raise RuntimeError(f"the service does not start:\n{last}")

    def _end(self) -> None:
        """Let all processes end in an orderly way, or kill them if that takes long."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS if is_asked_to_stop() else _PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def has_ended(self) -> bool:
        """Return whether the first process is gone; somebody has to start it again then."""
        return self._process.poll() is not None

    def processes(self) -> list[int]:
        """Return the ids of all its processes, the first one first."""
        family = [self._process.pid]
        for member in family:
            for children in Path(f"/proc/{member}/task").glob("*/children"):  # of each thread
                with suppress(OSError):
                    family += map(int, children.read_text().split())
        return family

    def resident_mib(self) -> float:
        """Return the resident memory of the processes that serve: jobs come and go."""
        return sum(_resident_mib(process) for process in self.processes() if not _is_job(process))


def _is_job(process: int) -> bool:
    try:
        return b"training" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return True


def _resident_mib(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
