"""The header that makes a request for a job safe to repeat."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Header

from app.access.caller import current
from app.jobs.request_key import IDEMPOTENCY_KEY, RequestKey
from app.requests.request import RequestBody

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=IDEMPOTENCY_KEY,
        description="Yours to choose, such as a UUID: the same key gives the same job.",
    ),
]


async def request_key(key: str | None, body: RequestBody) -> RequestKey | None:
    """Return the key with the digest of the request's body; None if there is no key.

    Two callers may choose the same key, so it goes together with the id of the caller's API key.
    """
    if key is None:
        return None
    digest = await asyncio.to_thread(body.digest)
    return RequestKey(f"{current.get().key_id} {key}".lstrip(), digest)
