"""The header that makes a request for a job safe to repeat."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Header

from app.jobs.request_key import RequestKey
from app.requests.request import RequestBody

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern="^[!-~]{1,255}$",
        description="Yours to choose, such as a UUID: the same key gives the same job.",
    ),
]


async def request_key(given: str | None, body: RequestBody) -> RequestKey | None:
    """The key and the digest of what came with it; None where there is no key."""
    return None if given is None else RequestKey(given, await asyncio.to_thread(body.digest))
