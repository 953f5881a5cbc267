"""What really happened, and how a version does by that."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from forecast_client.data.given import payload_of
from forecast_client.http.exchange import Operation, Request, ask
from forecast_client.options import ActualsOptions


def actuals(data: Any, options: ActualsOptions) -> Operation[dict[str, Any]]:
    """Say what really happened."""
    request = payload_of(data, options).request("/actuals", options, None)
    answer: dict[str, Any] = yield from ask(request)
    return answer


def performance(model: str, number: int) -> Operation[dict[str, Any]]:
    """Ask how a version does by what happened."""
    path = f"/models/{quote(model, safe='')}/versions/{number}/performance"
    answer: dict[str, Any] = yield from ask(Request("GET", path))
    return answer
