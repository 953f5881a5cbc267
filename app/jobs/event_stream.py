"""A job's events as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html

FastAPI's own streaming of them, from a handler that yields, logs a trace for each client that
leaves while something is written to it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from app.jobs.schemas import JobEvent

MEDIA_TYPE = "text/event-stream"
_TEXTS = {name: {"type": "string"} for name in ("id", "event", "data")}
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events",
        "content": {
            MEDIA_TYPE: {
                "itemSchema": {"type": "object", "properties": _TEXTS, "required": [*_TEXTS]}
            }
        },
    }
}
"""For the OpenAPI document."""
_QUIET_SECONDS = 15.0
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Nobody on the way keeps it, or keeps it back."""


class EventStream(StreamingResponse):
    """Of what each look found; a comment now and then where that is nothing."""

    media_type = MEDIA_TYPE

    def __init__(self, looks: AsyncIterator[list[JobEvent]]) -> None:
        super().__init__(_written(looks), headers=_HEADERS)


async def _written(looks: AsyncIterator[list[JobEvent]]) -> AsyncIterator[bytes]:
    written_at = time.monotonic()
    async for events in looks:
        if events:
            yield b"".join(map(_line, events))
        elif time.monotonic() - written_at > _QUIET_SECONDS:
            yield KEEPALIVE_COMMENT
        else:
            continue
        written_at = time.monotonic()


def _line(event: JobEvent) -> bytes:
    return format_sse_event(id=str(event.id), event=event.kind, data_str=event.data)
