"""The header that makes a request for a job safe to repeat."""

from typing import Annotated

from fastapi import Header

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern="^[!-~]{1,255}$",
        description="Yours to choose, such as a UUID: the same key gives the same job.",
    ),
]
