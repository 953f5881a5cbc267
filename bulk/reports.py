"""What the process of a bulk job reports: JSON lines on standard output, for the service."""

from __future__ import annotations

import json
import sys
from typing import Any

from forecasting.errors import ForecastingError
from forecasting.jobs.time_left import TimeLeft


class Reports:
    """Prints each event as a line of JSON."""

    def __init__(self) -> None:
        self._left = TimeLeft()

    def series(self, done: int, total: int | None, rows: int, total_rows: int) -> None:
        """Print the event `series`: so many series and rows of the table are done."""
        left = self._left.seconds(rows, total_rows)
        counts = {"series_done": done, "series": total, "rows_done": rows, "rows": total_rows}
        _print(event="series", **counts, seconds_left=left)

    def say(self, line: str) -> None:
        """Print the line on standard error, which is the job's log."""
        print(line, file=sys.stderr, flush=True)

    def finished(self) -> None:
        """Print the event `finished`."""
        _print(event="finished")

    def failed(self, error: ForecastingError) -> None:
        """Print the event `failed`, with the error's code and message."""
        _print(event="failed", code=error.code, detail=error.message)


def _print(**event: Any) -> None:
    print(json.dumps(event), flush=True)
