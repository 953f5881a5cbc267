"""The media types that the service reads and writes."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import NotAcceptableError

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW_STREAM = "application/vnd.apache.arrow.stream"
MULTIPART = "multipart/form-data"

TABLES = (CSV, PARQUET, ARROW_STREAM)


def choose(accept: str, offered: Sequence[str] = (JSON, *TABLES)) -> str:
    """What to answer with, by the `Accept` header (RFC 9110, section 12.5.1): what it weighs most,
    else what is offered first. Raises NotAcceptableError where it takes nothing that is offered."""
    if accept in {"*/*", offered[0]}:
        return offered[0]
    weights = _weights(accept)
    best = max(offered, key=lambda media_type: _weight(media_type, weights))
    if not _weight(best, weights):
        raise NotAcceptableError(accept, offered)
    return best


def _weights(accept: str) -> dict[str, float]:
    weights = {}
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        found = [text[2:] for text in parameters if text.startswith("q=")]
        try:
            weights[media_type] = float(found[0]) if found else 1.0
        except ValueError:
            weights[media_type] = 0.0
    return weights


def _weight(media_type: str, weights: dict[str, float]) -> float:
    family = media_type.partition("/")[0] + "/*"
    return next((weights[name] for name in (media_type, family, "*/*") if name in weights), 0.0)
