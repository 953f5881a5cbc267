"""How a training run shows where it stands: a live bar for people, JSON lines for programs."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from forecasting.errors import ForecastingError
from forecasting.store.manifest import Manifest
from training.report import describe


class Progress(Protocol):
    def epoch(self, epoch: int, epochs: int, loss: float, val_loss: float) -> None: ...
    def published(self, manifest: Manifest) -> None: ...
    def failed(self, error: ForecastingError) -> None: ...


class JsonLines:
    """One event a line on standard output; the service reads them."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def epoch(self, epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        self._say(
            event="epoch",
            epoch=epoch,
            epochs=epochs,
            loss=loss,
            val_loss=val_loss,
            seconds_left=self._seconds_left(epoch, epochs),
        )

    def _seconds_left(self, done: int, of: int) -> float | None:
        """By the time since the first report, which took longer than the others; none before."""
        now = time.monotonic()
        if self._first is None:
            self._first = done, now
            return 0.0 if done == of else None
        first, since = self._first
        return round((now - since) * (of - done) / (done - first), 1)

    def window(self, window: int, windows: int) -> None:
        left = self._seconds_left(window, windows)
        self._say(event="window", window=window, windows=windows, seconds_left=left)

    def finished(self) -> None:
        self._say(event="finished")

    def published(self, manifest: Manifest) -> None:
        scores = manifest.model_dump(mode="json", include={"version", "evaluation", "promotion"})
        self._say(event="published", **scores)

    def failed(self, error: ForecastingError) -> None:
        self._say(event="failed", code=error.code, detail=error.message)

    @staticmethod
    def _say(**event: Any) -> None:
        print(json.dumps(event), flush=True)


class Bar:
    """A live bar with the losses and the time left."""

    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, loss=math.nan, val_loss=math.nan)

    def epoch(self, epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        self._bar.update(self._task, total=epochs, completed=epoch, loss=loss, val_loss=val_loss)

    def published(self, manifest: Manifest) -> None:
        self._bar.stop()
        print(describe(manifest))

    def failed(self, error: ForecastingError) -> None:
        self._bar.stop()
        print(f"error: {error.message}", file=sys.stderr)


@contextmanager
def make_progress(style: Literal["bar", "json"], counted: str) -> Iterator[Progress]:
    if style == "json":
        yield JsonLines()
        return
    console = Console(stderr=True)
    with RichProgress(
        TextColumn(counted),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4f}  validation {task.fields[val_loss]:.4f}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        yield Bar(bar)
