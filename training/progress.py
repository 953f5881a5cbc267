"""How a training run reports its progress: a live bar for people, JSON lines for programs."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from forecasting.errors import ForecastingError
from forecasting.jobs.time_left import TimeLeft
from forecasting.store.manifest import Manifest
from training.report import describe


class Progress(Protocol):
    """What a training run reports to."""

    def epoch(self, epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        """Report that an epoch is over, with the losses on the training and validation parts."""

    def trial(self, trial: int, trials: int, done: int) -> None:
        """Report that a trial of a tuning begins, one of so many, of which some are done.

        The next epochs are this trial's.
        """

    def say(self, line: str) -> None:
        """Report in a line what has happened."""

    def published(self, manifest: Manifest) -> None:
        """Report that the version is published."""

    def failed(self, error: ForecastingError) -> None:
        """Report why the run ends without a version."""


class JsonLines:
    """Prints each event as a line of JSON on standard output, which the service reads."""

    def __init__(self) -> None:
        self._left = TimeLeft()
        self._trial: dict[str, int] = {}

    def epoch(self, epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        """Print the event `epoch`, with an estimate of the seconds left."""
        self._print(
            event="epoch",
            epoch=epoch,
            epochs=epochs,
            loss=loss,
            val_loss=val_loss,
            seconds_left=self._left.seconds(epoch, epochs),
            **self._trial,
        )

    def trial(self, trial: int, trials: int, done: int) -> None:
        """Name the trial in the following events `epoch`."""
        self._trial = {"trial": trial, "trials": trials, "trials_done": done}

    def window(self, window: int, windows: int) -> None:
        """Print the event `window`: so many windows of a backtest are done."""
        left = self._left.seconds(window, windows)
        self._print(event="window", window=window, windows=windows, seconds_left=left)

    def finished(self) -> None:
        """Print the event `finished`, which ends a backtest."""
        self._print(event="finished")

    def say(self, line: str) -> None:
        """Print the line on standard error, which is the job's log."""
        print(line, file=sys.stderr, flush=True)

    def published(self, manifest: Manifest) -> None:
        """Print the event `published`, with the version's scores."""
        fields = {"version", "evaluation", "promotion", "candidates"}
        scores = manifest.model_dump(mode="json", include=fields)
        self._print(event="published", **scores)

    def failed(self, error: ForecastingError) -> None:
        """Print the event `failed`, with the error's code and message."""
        self._print(event="failed", code=error.code, detail=error.message)

    @staticmethod
    def _print(**event: Any) -> None:
        print(json.dumps(event), flush=True)


class Bar:
    """A live bar on standard error, with the losses and the time left."""

    def __init__(self, bar: RichProgress, unit: str) -> None:
        self._bar, self._unit = bar, unit
        self._task = bar.add_task(unit, total=None, loss=math.nan, val_loss=math.nan)

    def epoch(self, epoch: int, epochs: int, loss: float, val_loss: float) -> None:
        """Move the bar on."""
        self._bar.update(self._task, total=epochs, completed=epoch, loss=loss, val_loss=val_loss)

    def trial(self, trial: int, trials: int, done: int) -> None:
        """Name the trial before the bar."""
        self._bar.update(self._task, description=f"trial {trial} of {trials}, {self._unit}")

    def say(self, line: str) -> None:
        """Print the line above the bar."""
        self._bar.console.print(line, highlight=False, soft_wrap=True)

    def published(self, manifest: Manifest) -> None:
        """Remove the bar and describe the version."""
        self._bar.stop()
        print(describe(manifest))

    def failed(self, error: ForecastingError) -> None:
        """Remove the bar and print the error."""
        self._bar.stop()
        print(f"error: {error.message}", file=sys.stderr)


@contextmanager
def show_progress(style: Literal["bar", "json"], unit: str) -> Iterator[Progress]:
    """Show progress inside the `with` block; `unit` is what the bar counts, such as "epoch"."""
    if style == "json":
        yield JsonLines()
        return
    console = Console(stderr=True)
    with RichProgress(
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4f}  validation {task.fields[val_loss]:.4f}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        yield Bar(bar, unit)
