"""What really happened, and how a version does by that."""

from __future__ import annotations

from typing import Any

from forecast_client.data.given import payload_of
from forecast_client.http.exchange import Operation, Request, ask, document_with, path_of
from forecast_client.options import ActualsOptions


def actuals(data: Any, options: ActualsOptions) -> Operation[dict[str, Any]]:
    """Say what really happened."""
    request = payload_of(data, options).request("/actuals", options, None)
    return (yield from ask(request, document_with("values", "matched", "unmatched")))


def performance(model: str, number: int) -> Operation[dict[str, Any]]:
    """Ask how a version does by what happened."""
    path = path_of("models", model, "versions", number, "performance")
    return (yield from ask(Request("GET", path), document_with("overall", "by_series", "drift")))
