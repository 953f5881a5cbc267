"""How many requests a minute each caller may send.

The headers `RateLimit-Policy` and `RateLimit` say what is left: the Internet-Draft
draft-ietf-httpapi-ratelimit-headers.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.types import Scope

from app.access.errors import RateLimitError

_MOST_CALLERS = 100_000
"""Of so many callers it is known how much they have left; the rest start afresh."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller after a request."""

    a_minute: int
    allowed: bool
    remaining: int
    """How many requests it may send at once now."""
    seconds: int
    """After how long there is one more."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say what is left."""
        return {
            "RateLimit-Policy": f'"default";q={self.a_minute};w=60',
            "RateLimit": f'"default";r={self.remaining};t={self.seconds}',
        }

    def check(self, rule: str) -> None:
        """Raise RateLimitError, which names the rule, if nothing was left for the request."""
        if not self.allowed:
            raise RateLimitError(rule, self.headers | {"Retry-After": str(self.seconds)})


def address_of(scope: Scope) -> str:
    """Return the address that a request comes from; empty if the server does not know it."""
    return str((scope["client"] or ("",))[0])


class TokenBuckets:
    """A token bucket for each caller: Turner (1986), New directions in communications.

    It holds the requests of a minute at most, and fills up evenly.
    """

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> Allowance:
        """Take a token out of the bucket of a caller, if there is one."""
        now = time.monotonic()
        tokens, at = self._buckets.pop(name, (float(self._a_minute), now))
        a_second = self._a_minute / 60
        tokens = min(tokens + (now - at) * a_second, float(self._a_minute))
        allowed = tokens >= 1
        if allowed:
            tokens -= 1
        self._buckets[name] = (tokens, now)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        missing = max(math.floor(tokens) + 1 - tokens, 0.0)
        seconds = max(1, math.ceil(missing / a_second))
        return Allowance(self._a_minute, allowed, math.floor(tokens), seconds)
