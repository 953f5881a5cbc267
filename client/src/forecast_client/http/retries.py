"""When a request is sent again: if the service says that it is too busy, and when to come back."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_BUSY = frozenset({429, 503})


@dataclass(frozen=True)
class Retries:
    """How often a request is sent again, and how long each time is waited for at most."""

    most: int = 5
    longest_wait_s: float = 60.0

    def pause(self, answer: httpx.Response, sent: int) -> float | None:
        """Return the seconds to wait before a request that was `sent` so many times is sent again.

        None means that the answer stands: it is another one, it does not say when to come back,
        or there were too many retries. A little is added by chance, so that requests that were
        refused together do not come back together.
        """
        if answer.status_code not in _BUSY or sent > self.most:
            return None
        seconds = _seconds(answer.headers.get("retry-after"))
        if seconds is None or seconds > self.longest_wait_s:
            return None
        return seconds + random.uniform(0, 0.1 + 0.1 * seconds)  # noqa: S311  no secret


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds that a header Retry-After asks for; it may be a date, too."""
    if retry_after is None:
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
