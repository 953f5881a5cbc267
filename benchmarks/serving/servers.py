"""The servers to measure, each of which runs in its own process, and the load generator."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import httpx

ROOT = Path(__file__).parent.parent.parent
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    pid: int
    seconds_to_ready: float
    """The time from the start of its process until it was ready."""

    @property
    def resident_mib(self) -> float:
        """The resident memory of its process, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+)", status)
        assert match is not None
        return int(match[1]) / 1024


@dataclass(frozen=True)
class Load:
    """What the load generator measured; latencies are in milliseconds."""

    requests_per_second: float
    p50: float
    p99: float


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, env: dict[str, str]) -> Iterator[Server]:
    """Run a server inside the `with` block, once it is ready."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=os.environ | env, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                if httpx.get(url + "/health/ready", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert process.poll() is None, f"{command} ended"
            time.sleep(0.01)
        yield Server(url, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def echo() -> Iterator[Server]:
    """Run the server that only echoes values."""
    port = _free_port()
    command = ["-m", "uvicorn", "benchmarks.serving.echo:app", "--port", str(port)]
    with running([*command, "--log-level", "warning"], port, {}) as server:
        yield server


@contextmanager
def naive(network: Path, context_length: int) -> Iterator[Server]:
    """Run the server that is written the usual way, with a Keras network."""
    port = _free_port()
    env = {"NAIVE_NETWORK": str(network), "NAIVE_CONTEXT_LENGTH": str(context_length)}
    command = ["-m", "uvicorn", "benchmarks.serving.naive:app", "--port", str(port)]
    env["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with running([*command, "--log-level", "warning"], port, env) as server:
        yield server


@contextmanager
def service(
    store: Path, jobs: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Server]:
    """Run the service itself."""
    port = _free_port()
    env = {
        "FORECAST_PORT": str(port),
        "FORECAST_MODEL_STORE": str(store),
        "FORECAST_JOBS_DIR": str(jobs),
        "FORECAST_LOG_LEVEL": "warning",
        **settings,
    }
    with running(["-m", "app"], port, env) as server:
        yield server


def drive(url: str, body: Path, *, connections: int, seconds: float) -> Load:
    """Post the file `body` to a URL with wrk, on each connection as soon as it is answered."""
    output = subprocess.run(
        [
            *("wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "--timeout", "60s"),
            *("-s", str(Path(__file__).parent / "post.lua"), url),
        ],
        env=os.environ | {"BODY": str(body)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Non-2xx" not in output, output
    assert "Socket errors" not in output, output
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert rate is not None, output
    assert float(rate[1]) > 0, "nothing was answered in so short a time"
    return Load(float(rate[1]), _percentile(output, 50), _percentile(output, 99))


def _percentile(output: str, percent: int) -> float:
    match = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", output)
    assert match is not None, output
    return float(match[1]) * _UNITS[match[2]]
