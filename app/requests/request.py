"""A request's options and series, whichever way they come: as JSON, or as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

from pydantic import ValidationError
from starlette.requests import Request

from app.errors import MediaTypeError
from app.requests.body import Headers, media_type_of, read_body
from app.requests.content_negotiation import JSON, MULTIPART, TABLES
from app.requests.json_request import read_partially
from app.requests.options import Options
from app.requests.series_items import Item, to_items
from app.requests.series_schemas import BoundedSeriesInput, SeriesInput
from app.requests.upload import Upload, open_upload, read_upload
from app.settings import Settings


class WholeRequest(Protocol):
    """The model of a request in JSON: its options, and its series."""

    @property
    def series(self) -> BoundedSeriesInput | SeriesInput: ...

    @classmethod
    def model_validate_json(cls, json_data: bytes, /) -> Self: ...


Whole = TypeVar("Whole", bound=WholeRequest)


async def receive(request: Request, headers: Headers, settings: Settings) -> Upload:
    """What was sent, JSON without fields beside it. Raises ServiceError or RequestError."""
    media_type = media_type_of(headers)
    if media_type not in (JSON, MULTIPART, *TABLES):
        raise MediaTypeError(media_type, [JSON, MULTIPART, *TABLES])
    body = await read_body(request, headers, settings.max_body_bytes)
    if media_type == JSON:
        return Upload({}, body, JSON)
    content_type = headers[b"content-type"].decode("latin-1")
    return await asyncio.to_thread(open_upload, content_type, request.query_params, body)


def read(
    sent: Upload, whole: type[Whole], options: type[Options], settings: Settings
) -> tuple[Whole | Options, Sequence[Item]]:
    """Raises ServiceError, ForecastingError or ValidationError for what makes no sense."""
    if sent.media_type != JSON:
        return read_upload(sent, options, settings.max_table_bytes)
    try:
        asked = whole.model_validate_json(sent.content)
    except ValidationError as error:
        return read_partially(sent.content, error, options)
    return asked, to_items(asked.series)


async def read_request(
    request: Request,
    headers: Headers,
    whole: type[Whole],
    options: type[Options],
    settings: Settings,
) -> tuple[Whole | Options, Sequence[Item]]:
    """`receive` and `read`, off the event loop."""
    sent = await receive(request, headers, settings)
    return await asyncio.to_thread(read, sent, whole, options, settings)
