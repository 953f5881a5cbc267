"""Operations as generators that yield requests and get answers, whoever sends them.

An operation yields requests that may be sent side by side, gets their answers in the same order,
and returns its result in the end. So the client and the asynchronous client share all of it, and
differ in how they send a request only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import httpx

from forecast_client.errors import problem_error

Result = TypeVar("Result")


@dataclass(frozen=True)
class Request:
    """A request to the service."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[], bytes] | None = None
    """Writes the body, when the request is sent: not all of many need to be in memory at once."""


Operation: TypeAlias = Generator[Sequence[Request], Sequence[httpx.Response], Result]


def json_request(method: str, path: str, document: Mapping[str, Any] | None = None) -> Request:
    """Return a request with a JSON document as its body, if there is one."""
    if document is None:
        return Request(method, path)
    from forecast_client.data.json_text import to_json

    headers = {"content-type": "application/json"}
    return Request(method, path, headers=headers, body=lambda: to_json(document))


def ask(request: Request) -> Operation[Any]:
    """Send one request; returns the JSON document of its answer."""
    (answer,) = yield [request]
    return checked(answer).json()


def checked(answer: httpx.Response, part: str = "") -> httpx.Response:
    """Return the answer, if it is a success.

    Raises:
        ProblemError: It is none. `part` says which part of the data it is about.
    """
    if answer.is_success:
        return answer
    raise problem_error(answer.status_code, problem_of(answer), part)


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the problem document of an answer, or one that says that there is none."""
    if "json" in answer.headers.get("content-type", ""):
        problem = answer.json()
        if isinstance(problem, dict) and "detail" in problem:
            return problem
    return {
        "detail": f"{answer.request.url.copy_with(query=None)} answered {answer.status_code} "
        f"{answer.reason_phrase}, and nothing that the forecasting service would say. Is it the "
        "right address?"
    }
