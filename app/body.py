"""Reading a request's body, up to a limit."""

from starlette.requests import Request

from app.errors import BodyTooLargeError, MediaTypeError


def has_body(request: Request) -> bool:
    """Whether anything was sent with the request."""
    headers = request.headers
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def read_json_body(request: Request, limit: int) -> bytes:
    """Raises MediaTypeError for what is not sent as JSON, BodyTooLargeError past `limit` bytes."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise MediaTypeError(media_type)
    if int(request.headers.get("content-length", 0)) > limit:
        raise BodyTooLargeError(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(limit)
    return bytes(body)
