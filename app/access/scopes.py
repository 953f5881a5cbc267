"""The scopes of a key, and which of them each operation takes."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from app.compat.protocols import Protocol


class Scope(StrEnum):
    """What a key may be used for."""

    PREDICT = "predict"
    """Forecast, backtest, search for anomalies, say what really happened; cancel own jobs."""
    TRAIN = "train"
    """Train models, and cancel jobs, also those of others."""
    ADMIN = "admin"
    """Promote, roll back and delete versions."""


ANY_SCOPE = frozenset(Scope)

_OPEN = ("/health/live", "/health/ready", "/openapi.json", "/favicon.ico", "/")
_OPEN_BELOW = ("/page/", "/docs", "/static-offline-docs/", "/guide")
"""What shows nothing but the program itself."""
_FORECASTS = ("predict", "backtest", "anomalies", "bulk", "inspect", "actuals")
_OF_RESOURCES = {
    **dict.fromkeys(_FORECASTS, frozenset({Scope.PREDICT})),
    "train": frozenset({Scope.TRAIN}),
    "jobs": frozenset({Scope.PREDICT, Scope.TRAIN}),
}
"""What changing something takes, by the first part of the path; anywhere else, it is `admin`."""


@lru_cache(maxsize=4096)
def needed_scopes(method: str, path: str, protocol: Protocol | None) -> frozenset[Scope]:
    """Return the scopes of which a request in a protocol needs one; none if it needs no key.

    The protocol is None for the service's own. Whatever is not known here needs a key, so that
    nothing is open by an oversight.
    """
    if path in _OPEN or path.startswith(_OPEN_BELOW):
        return frozenset()
    if protocol is not None:
        return _needed_by(protocol, method, path)
    if method in {"GET", "HEAD"}:
        return ANY_SCOPE
    resource = path.split("/", 2)[1] if path.startswith("/") else ""
    return _OF_RESOURCES.get(resource, frozenset({Scope.ADMIN}))


def _needed_by(protocol: Protocol, method: str, path: str) -> frozenset[Scope]:
    """Return the scopes of which a request in another system's protocol needs one."""
    request = f"{method} {path}"
    if protocol.open.fullmatch(request):
        return frozenset()
    if method in {"GET", "HEAD"}:
        return ANY_SCOPE
    if protocol.training.fullmatch(request):
        return frozenset({Scope.TRAIN})
    if protocol.administration.fullmatch(request):
        return frozenset({Scope.ADMIN})
    return frozenset({Scope.PREDICT})
