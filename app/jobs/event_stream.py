"""A job's events as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html

FastAPI can stream such events by itself, from a handler that yields them, but it logs a traceback
for each client that leaves while something is written to it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from app.jobs.schemas import JobEvent

MEDIA_TYPE = "text/event-stream"
EVENT_STREAM_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The events", "content": {MEDIA_TYPE: {}}}
}
"""How the OpenAPI document describes the stream."""
_QUIET_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""These keep caches and proxies from storing the events or holding them back."""


class EventStream(StreamingResponse):
    """Writes events as they come, and a comment now and then if none come.

    `batches` yields regularly, an empty list if there is nothing new.
    """

    media_type = MEDIA_TYPE

    def __init__(self, batches: AsyncIterator[list[JobEvent]]) -> None:
        super().__init__(_written(batches), headers=_HEADERS)


async def _written(batches: AsyncIterator[list[JobEvent]]) -> AsyncIterator[bytes]:
    written_at = time.monotonic()
    async for events in batches:
        if events:
            yield b"".join(map(_format_event, events))
        elif time.monotonic() - written_at > _QUIET_SECONDS:
            yield KEEPALIVE_COMMENT
        else:
            continue
        written_at = time.monotonic()


def _format_event(event: JobEvent) -> bytes:
    return format_sse_event(id=str(event.id), event=event.kind, data_str=event.data)
