"""Models, their versions and aliases."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from forecast_client.http.exchange import Operation, Request, ask, checked, json_request
from forecast_client.results.records import Alias, Model


def models() -> Operation[list[Model]]:
    """List the models."""
    answer = yield from ask(Request("GET", "/models"))
    return [Model.of(document) for document in answer["models"]]


def version(model: str, number: int) -> Operation[dict[str, Any]]:
    """Read the manifest of a version."""
    answer: dict[str, Any] = yield from ask(Request("GET", _version(model, number)))
    return answer


def promote(model: str, number: int, alias: str, reason: str | None) -> Operation[Alias]:
    """Let an alias name a version."""
    path = f"/models/{quote(model, safe='')}/aliases/{quote(alias, safe='')}"
    document = {"version": number, "reason": reason}
    answer = yield from ask(json_request("PUT", path, document))
    return Alias.of(answer)


def rollback(model: str, reason: str | None) -> Operation[Alias]:
    """Let `production` name the version that it named before."""
    path = f"/models/{quote(model, safe='')}/rollback"
    answer = yield from ask(json_request("POST", path, {"reason": reason}))
    return Alias.of(answer)


def delete(model: str, number: int) -> Operation[None]:
    """Delete a version that no alias names."""
    (answer,) = yield [Request("DELETE", _version(model, number))]
    checked(answer)


def health() -> Operation[dict[str, Any]]:
    """Ask how the service is, and what a request may hold."""
    answer: dict[str, Any] = yield from ask(Request("GET", "/health"))
    return answer


def _version(model: str, number: int) -> str:
    return f"/models/{quote(model, safe='')}/versions/{number}"
