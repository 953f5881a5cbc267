"""Answers in other systems' protocols."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.responses import Response

from app.requests.content import JSON


async def json_answer(content: Any) -> Response:
    """Return an answer in JSON, which is written off the event loop; arrays become lists."""
    written = await asyncio.to_thread(orjson.dumps, content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(written, media_type=JSON)
