"""How many requests a minute each caller may send."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

_MOST_CALLERS = 100_000
"""Of so many callers it is known how much they have left; the rest start afresh."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller after a request."""

    allowed: bool
    remaining: int
    """How many requests it may send at once now."""
    seconds: int
    """After how long there is one more."""


class TokenBuckets:
    """A token bucket for each caller: Turner (1986), New directions in communications.

    It holds the requests of a minute at most, and fills up evenly.
    """

    def __init__(self, a_minute: int) -> None:
        self.a_minute = a_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> Allowance:
        """Take a token out of the bucket of a caller, if there is one."""
        now = time.monotonic()
        tokens, at = self._buckets.pop(name, (float(self.a_minute), now))
        a_second = self.a_minute / 60
        tokens = min(tokens + (now - at) * a_second, float(self.a_minute))
        allowed = tokens >= 1
        if allowed:
            tokens -= 1
        self._buckets[name] = (tokens, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        missing = max(math.floor(tokens) + 1 - tokens, 0.0)
        return Allowance(allowed, math.floor(tokens), max(1, math.ceil(missing / a_second)))
