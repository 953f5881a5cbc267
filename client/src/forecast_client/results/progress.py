"""A bar that shows how far a job has come."""

from __future__ import annotations

import importlib.util
from types import TracebackType
from typing import Any, Self

from forecast_client.results.records import Event

_FORMAT = "{desc}{percentage:3.0f} %|{bar}| {n_fmt}/{total_fmt} {unit}s [{elapsed}{postfix}]"


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
        if not self._shown or event.kind not in {"state", "epoch", "window"}:
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=1, bar_format=_FORMAT)
        if event.kind == "state":
            self._bar.set_description(event.data["state"])
            return
        self._bar.unit = event.kind
        self._bar.total = event.data[f"{event.kind}s"]
        self._bar.n = event.data[event.kind]
        if event.data.get("val_loss") is not None:
            self._bar.set_postfix(loss=f"{event.data['val_loss']:.4g}", refresh=False)
        self._bar.refresh()
