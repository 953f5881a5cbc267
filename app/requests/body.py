"""Reading a request's body, up to a limit, and unpacking it, up to the same limit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request

from app.errors import BodyBrokenError, BodyTooLargeError, EncodingError, MediaTypeError
from app.requests.content_negotiation import JSON

_CODECS = {"gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}


Headers = Mapping[bytes, bytes]
"""As ASGI gives them: one dictionary of them costs less than to look for each among all."""


def has_body(request: Request) -> bool:
    """Whether anything was sent with the request."""
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def headers_of(request: Request) -> Headers:
    return dict(request.scope["headers"])


def media_type_of(headers: Headers) -> str:
    """Lower case, without its parameters."""
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def accept_of(headers: Headers) -> str:
    return headers.get(b"accept", b"*/*").decode("latin-1")


async def read_body(request: Request, headers: Headers, limit: int) -> bytes:
    """Raises BodyTooLargeError past `limit` bytes, packed or not, EncodingError for an encoding
    that is not known, BodyBrokenError for a body that is not in its encoding."""
    encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    if encoding != "identity" and encoding not in _CODECS:
        raise EncodingError(encoding)
    if int(headers.get(b"content-length", 0)) > limit:
        raise BodyTooLargeError(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(limit)
    if encoding == "identity":
        return bytes(body)
    return await asyncio.to_thread(_unpacked, bytes(body), _CODECS[encoding], limit)


def _unpacked(body: bytes, codec: str, limit: int) -> bytes:
    """No more than `limit` bytes and one are ever unpacked."""
    import pyarrow as pa

    try:
        unpacked = pa.CompressedInputStream(pa.BufferReader(body), codec).read(limit + 1)
    except OSError as error:
        raise BodyBrokenError(f"the body is not {codec}: {error}") from error
    if len(unpacked) > limit:
        raise BodyTooLargeError(limit)
    return bytes(unpacked)


async def read_json_body(request: Request, limit: int) -> bytes:
    """`read_body`. Raises MediaTypeError for what is not sent as JSON."""
    headers = headers_of(request)
    media_type = media_type_of(headers)
    if media_type != JSON:
        raise MediaTypeError(media_type, [JSON])
    return await read_body(request, headers, limit)
