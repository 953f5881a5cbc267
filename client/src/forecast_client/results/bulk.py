"""What a bulk job has written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast_client.results.records import Record


@dataclass(frozen=True)
class BulkOutput(Record):
    """Where the output of a bulk job is, and what is in it."""

    operation: str
    """`predict`, `backtest` or `anomalies`."""
    model: str
    version: int
    output: str
    """The file or the folder of the results."""
    failures: str
    """The table of the series that failed."""
    series: int
    """All series of the input, those that failed among them."""
    failed: int
    rows: int
    """The rows of the output."""
    notes: Sequence[Mapping[str, Any]]
    """What was done to series: `code`, `message`, and for how many `series`."""
