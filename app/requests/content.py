"""The content of requests and answers: headers and media types, and reading a body.

A body is read up to a limit, and unpacked up to the same limit.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Mapping, Sequence
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request

from app.errors import (
    BodyBrokenError,
    BodyTooLargeError,
    EncodingError,
    MediaTypeError,
    NotAcceptableError,
)
from app.settings.settings import Settings
from forecasting.tables.formats import READABLE, TABLES, UNKNOWN
from forecasting.tables.libraries import pa

JSON = "application/json"
MULTIPART = "multipart/form-data"
OF_TABLES = {
    *READABLE,
    UNKNOWN,
    "text/plain",
    "text/tab-separated-values",
    "application/csv",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/parquet",
    "application/x-parquet",
    "application/x-gzip",
    "application/x-zip-compressed",
}
"""The media types that bodies with tables are sent as. The content decides what they are."""
_CURE = f"Send JSON, with the header content-type: {JSON}."
_CODECS = {"gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}

Headers = Mapping[bytes, bytes]
"""Headers by their names in lower case, as ASGI gives them. To make one dictionary costs less than
to search the list for each header."""


def has_body(request: Request) -> bool:
    """Return whether the request brings a body."""
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def headers_of(request: Request) -> Headers:
    """Return the headers of a request as a dictionary."""
    return dict(request.scope["headers"])


def media_type_of(headers: Headers) -> str:
    """Return the media type of the body in lower case, without its parameters."""
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def accept_of(headers: Headers) -> str:
    """Return the `Accept` header; a request without one accepts anything."""
    return headers.get(b"accept", b"*/*").decode("latin-1")


def negotiate(accept: str, offered: Sequence[str] = (JSON, *TABLES)) -> str:
    """Return the media type of the answer by the `Accept` header (RFC 9110, section 12.5.1).

    It is the type that the header weighs most; among equals, the one that is offered first. An
    empty header accepts any type. Raises NotAcceptableError if the header accepts none of them.
    """
    if accept in {"*/*", offered[0]}:
        return offered[0]
    weights = _weights(accept) or {"*/*": 1.0}
    best = max(offered, key=lambda media_type: _weight(media_type, weights))
    if not _weight(best, weights):
        raise NotAcceptableError(accept, offered)
    return best


async def read_body(request: Request, headers: Headers, settings: Settings) -> bytes:
    """Return the body, unpacked if it is packed.

    Raises BodyTooLargeError if it has more bytes than `settings` allow, packed or unpacked,
    EncodingError for an unknown content encoding, and BodyBrokenError for a body that is not in its
    encoding.
    """
    limit = settings.max_body_bytes
    encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    if encoding != "identity" and encoding not in _CODECS:
        raise EncodingError(encoding)
    if int(headers.get(b"content-length", 0)) > limit:
        raise BodyTooLargeError(limit)
    body = await _receive_all(request, limit)
    if encoding == "identity":
        return body
    return await asyncio.to_thread(_unpack, body, _CODECS[encoding], limit)


async def _receive_all(request: Request, limit: int) -> bytes:
    """Return the body as it was sent. One that comes whole, as short ones do, is not copied."""
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        if len(body) + len(chunk) > limit:
            raise BodyTooLargeError(limit)
        if not message.get("more_body", False):
            return bytes(body + chunk) if body else chunk
        body += chunk


def _unpack(body: bytes, codec: str, limit: int) -> bytes:
    """Return the unpacked body. At most one byte more than the limit is ever unpacked."""
    try:
        unpacked = pa.CompressedInputStream(pa.BufferReader(body), codec).read(limit + 1)
    except OSError as error:
        raise BodyBrokenError(f"The body is not {codec}: {error}") from error
    if len(unpacked) > limit:
        raise BodyTooLargeError(limit)
    return bytes(unpacked)


def in_utf8(text: bytes) -> bytes:
    """Return JSON in UTF-8, without the mark by which tools of Windows begin what they write.

    A parser may ignore the mark (RFC 8259, section 8.1), after which they may also write UTF-16.
    """
    if text.startswith(codecs.BOM_UTF8):
        return text[len(codecs.BOM_UTF8) :]
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with suppress(UnicodeDecodeError):
            return text.decode("utf-16").encode()
    return text


async def read_json_body(request: Request, settings: Settings) -> bytes:
    """Return the body of a request in JSON, as `read_body` does.

    Raises MediaTypeError if the body was not sent as JSON.
    """
    headers = headers_of(request)
    media_type = media_type_of(headers)
    if media_type != JSON:
        raise MediaTypeError(media_type, _CURE)
    return in_utf8(await read_body(request, headers, settings))


def _weights(accept: str) -> dict[str, float]:
    """Return the weight of each media type or range of types in the header."""
    weights = {}
    for part in filter(None, map(str.strip, accept.lower().split(","))):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        quality = [text[2:] for text in parameters if text.startswith("q=")]
        try:
            weights[media_type] = float(quality[0]) if quality else 1.0
        except ValueError:
            weights[media_type] = 0.0
    return weights


def _weight(media_type: str, weights: dict[str, float]) -> float:
    """Return the weight of one type: the most specific entry of the header decides."""
    family = media_type.partition("/")[0] + "/*"
    return next((weights[name] for name in (media_type, family, "*/*") if name in weights), 0.0)
