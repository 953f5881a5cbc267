"""A line in the log for each request that was answered.

Python's logging takes a fifth of the time of a short forecast for a line. So lines wait until
several can be written at once.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from app.observation.logs import LogFormat, in_json, in_text

_NAME = "app.requests"


class RequestLine(NamedTuple):
    """What is logged of a request."""

    method: str
    path: str
    status: int
    ms: float
    id: str
    key: str | None
    model: str | None
    series: int
    network_ms: float


class RequestLog:
    """Writes the lines to stderr, where everything else is logged, too."""

    def __init__(self, log_format: LogFormat) -> None:
        self._write_line: Callable[[float, RequestLine], str] = (
            _as_json if log_format == "json" else _as_text
        )
        self._waiting: list[tuple[float, RequestLine]] = []
        self._logger = logging.getLogger(_NAME)

    def is_enabled_for(self, level: int) -> bool:
        """Return whether requests are logged at a level."""
        return self._logger.isEnabledFor(level)

    def add(self, line: RequestLine) -> None:
        """Log a request, when `flush` is called next."""
        self._waiting.append((time.time(), line))

    def flush(self) -> None:
        """Write what waits to be written."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            sys.stderr.write("".join(self._write_line(at, line) for at, line in waiting))
            sys.stderr.flush()


def _as_text(at: float, line: RequestLine) -> str:
    key = "" if line.key is None else f" key={line.key}"
    model = "" if line.model is None else f" model={line.model}"
    return (
        f"{_moment(int(at))},{int(at % 1 * 1000):03d} INFO {_NAME}: method={line.method} "
        f"path={in_text(line.path)} status={line.status} ms={line.ms} id={line.id}"
        f"{key}{model} series={line.series} network_ms={line.network_ms}\n"
    )


@lru_cache(maxsize=2)
def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _as_json(at: float, line: RequestLine) -> str:
    return in_json(at, "INFO", _NAME, line._asdict()) + "\n"
