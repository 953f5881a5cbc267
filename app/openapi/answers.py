"""Answers that are neither JSON nor tables, as the OpenAPI document has them."""

from starlette.responses import Response


class PngResponse(Response):
    """A response whose body is a PNG image."""

    media_type = "image/png"
