"""Reading the bodies of requests in other systems' protocols."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from app.requests.content import headers_of, in_utf8, read_body
from app.settings.settings import Settings

Document = TypeVar("Document", bound=BaseModel)


async def read_document(request: Request, settings: Settings, model: type[Document]) -> Document:
    """Return the JSON document that a request brings, whatever media type its headers name.

    Raises ServiceError for a body that cannot be read, and ValidationError for one that is no such
    document.
    """
    body = in_utf8(await read_body(request, headers_of(request), settings))
    return await asyncio.to_thread(model.model_validate_json, body)
