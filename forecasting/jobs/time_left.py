"""How long a job will take yet."""

from __future__ import annotations

import time


class TimeLeft:
    """Estimates the seconds left from the time since the first report of progress.

    The time before that report does not count, because it includes what is done only once.
    """

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def seconds(self, done: int, total: int) -> float | None:
        """Return the seconds until all is done, now that so much of it is.

        The first report has no estimate, which is None, unless everything is done. If less is done
        than at the first report, something else has begun, and this is its first report.
        """
        now = time.monotonic()
        if self._first is None or done <= self._first[0]:
            self._first = done, now
            return 0.0 if done == total else None
        first_done, first_at = self._first
        return round((now - first_at) * (total - done) / (done - first_done), 1)
