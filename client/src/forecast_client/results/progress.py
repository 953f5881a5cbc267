"""A bar that shows how far a job has come."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from forecast_client.results.records import Event

_FORMAT = "{desc}{percentage:3.0f} %|{bar}| {n_fmt}/{total_fmt} {unit} [{elapsed}{postfix}]"


class ProgressBar:
    """A bar of tqdm, if that is installed and wanted; otherwise nothing is shown."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown and importlib.util.find_spec("tqdm") is not None
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, event: Event) -> None:
        """Show an event."""
        if not self._shown or event.kind not in {"state", "epoch", "window", "series"}:
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=1, bar_format=_FORMAT)
        if event.kind == "state":
            self._bar.set_description(event.data["state"])
            return
        self._bar.n, self._bar.total, self._bar.unit = counts_of(event.data)
        if event.data.get("val_loss") is not None:
            self._bar.set_postfix(
                _trial(event.data), loss=f"{event.data['val_loss']:.4g}", refresh=False
            )
        if "rows" in event.data and event.data["seconds_left"] is not None:
            left = f"{event.data['seconds_left']:.0f} s"
            self._bar.set_postfix(rows=event.data["rows_done"], left=left, refresh=False)
        self._bar.refresh()


def _trial(progress: Mapping[str, Any]) -> dict[str, str]:
    """Return which trial of a tuning it is about, if it is about one."""
    if progress.get("trial") is None:
        return {}
    return {"trial": f"{progress['trial']} of {progress['trials']}"}


def counts_of(progress: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return how much of a job is done, how much there is, and of what; of nothing if that is not
    known."""
    for unit in ("epoch", "window"):
        if unit in progress:
            return progress[unit], progress[f"{unit}s"], f"{unit}s"
    for unit in ("series", "rows"):  # It may not be known how many series there are.
        if progress.get(unit) is not None:
            return progress[f"{unit}_done"], progress[unit], unit
    return 0, 0, ""
