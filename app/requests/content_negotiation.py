"""The media type of an answer, by what the client accepts."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import NotAcceptableError
from forecasting.tables.formats import TABLES

JSON = "application/json"
MULTIPART = "multipart/form-data"


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
