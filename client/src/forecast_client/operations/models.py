"""Models, their versions and aliases."""

from __future__ import annotations

from typing import Any

from httpx import codes

from forecast_client.http.exchange import (
    Operation,
    Request,
    ask,
    checked,
    document_with,
    json_request,
    path_of,
    reading,
)
from forecast_client.results.records import Alias, Model


def models() -> Operation[list[Model]]:
    """List the models."""
    return (
        yield from ask(
            Request("GET", "/models"),
            lambda answer: [Model.of(document) for document in answer["models"]],
        )
    )


def version(model: str, number: int) -> Operation[dict[str, Any]]:
    """Read the manifest of a version."""
    request = Request("GET", _version(model, number))
    return (yield from ask(request, document_with("model", "version", "data", "evaluation")))


def promote(model: str, number: int, alias: str, reason: str | None) -> Operation[Alias]:
    """Let an alias name a version."""
    path = path_of("models", model, "aliases", alias)
    document = {"version": number, "reason": reason}
    return (yield from ask(json_request("PUT", path, document), Alias.of))


def rollback(model: str, reason: str | None) -> Operation[Alias]:
    """Let `production` name the version that it named before."""
    path = path_of("models", model, "rollback")
    return (yield from ask(json_request("POST", path, {"reason": reason}), Alias.of))


def delete(model: str, number: int, even_if_served: bool) -> Operation[None]:
    """Delete a version that no alias names."""
    params = {"even_if_served": "true"} if even_if_served else {}
    (answer,) = yield [Request("DELETE", _version(model, number), params)]
    with reading(checked(answer)):
        if answer.status_code != codes.NO_CONTENT:
            raise ValueError(answer.status_code)


def health() -> Operation[dict[str, Any]]:
    """Ask how the service is, and what a request may hold."""
    return (yield from ask(Request("GET", "/health"), document_with("status", "limits")))


def _version(model: str, number: int) -> str:
    return path_of("models", model, "versions", number)
