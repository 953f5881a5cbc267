"""Keeps a worker running beside the service, for the role `all`."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from typing import Self

_log = logging.getLogger("app")
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0
"""A worker that has lived for so long is started again at once, as if it were the first."""
_STOP_SECONDS = 10.0


class WorkerKeeper:
    """Starts a worker process, and starts it again whenever it ends, inside a `with` block.

    The pause before a start doubles each time, up to half a minute. At the end of the block the
    worker is asked to stop. It ends by itself when this process is killed.
    """

    def __init__(self) -> None:
        self._environment = os.environ | {"FORECAST_ROLE": "worker"}
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        # The kernel ends the worker with the thread that started it, which is there to the end.
        self._thread = threading.Thread(target=self._keep, name="worker keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping.set()
        with self._starting:
            if self._process is not None:
                self._process.terminate()
        self._thread.join(_STOP_SECONDS)
        if self._process is not None:
            self._process.kill()

    def _keep(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            started = time.monotonic()
            process = self._start()
            if process is None:
                return
            status = process.wait()
            if time.monotonic() - started > _STEADY_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            if self._stopping.is_set():
                return
            _log.error("the worker has ended with status %d and starts again", status)
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _start(self) -> subprocess.Popen[bytes] | None:
        """Start a worker, unless the end has come.

        It has a process group of its own, so that Ctrl-C in a terminal stops the service first.
        """
        with self._starting:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603  It is this program.
                [sys.executable, "-m", "app", "--parent", str(os.getpid())],
                env=self._environment,
                process_group=0,
            )
            return self._process
