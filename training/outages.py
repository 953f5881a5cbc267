"""Waiting until a bucket answers again, because what was trained would be lost otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from forecasting.errors import StoreUnreachableError

_PATIENCE_SECONDS = 600.0
_LONGEST_PAUSE_SECONDS = 15.0
_Result = TypeVar("_Result")


def outlast(do: Callable[[], _Result]) -> _Result:
    """Return what `do` returns, which is tried for ten minutes while the store does not answer.

    Raises StoreUnreachableError if it does not answer for longer, and what else `do` raises.
    """
    pause, end = 1.0, time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return do()
        except StoreUnreachableError:
            if time.monotonic() > end:
                raise
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
