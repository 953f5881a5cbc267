"""Operations as generators that yield requests and get answers, whoever sends them.

An operation yields requests that may be sent side by side, gets their answers in the same order,
and returns its result in the end. So the client and the asynchronous client share all of it, and
differ in how they send a request only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

import httpx

from forecast_client.errors import DataError, UnreachableError, problem_error

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

    def build(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """Return the request with its body, as a client of httpx sends it."""
        return client.build_request(
            self.method,
            self.path,
            params=dict(self.params) or None,
            headers=self.headers,
            content=None if self.body is None else self.body(),
        )


Operation: TypeAlias = Generator[Sequence[Request], Sequence[httpx.Response], Result]


def path_of(*parts: str | int) -> str:
    """Return the path of a request, each part of it quoted.

    Raises:
        DataError: A part would lead to another path.
    """
    for part in parts:
        if part in {"", ".", ".."}:
            raise DataError(f"No model, version, alias or job has the name {part!r}.")
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def json_request(method: str, path: str, document: Mapping[str, Any] | None = None) -> Request:
    """Return a request with a JSON document as its body, if there is one."""
    if document is None:
        return Request(method, path)
    from forecast_client.data.json_text import to_json

    headers = {"content-type": "application/json"}
    return Request(method, path, headers=headers, body=lambda: to_json(document))


def ask(request: Request, read: Callable[[Any], Result]) -> Operation[Result]:
    """Send one request; returns what is read from the JSON document of its answer.

    Raises:
        UnreachableError: It is no document that `read` knows.
    """
    (answer,) = yield [request]
    with reading(checked(answer)):
        return read(answer.json())


@contextmanager
def reading(answer: httpx.Response) -> Iterator[None]:
    """Read an answer within this.

    Raises:
        UnreachableError: The answer has not what the service answers, as that of another server.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise UnreachableError(_of_another_server(answer)) from error


def checked_type(answer: httpx.Response, media_type: str) -> httpx.Response:
    """Return the answer, if it is a success of a media type.

    Raises:
        ProblemError: It is no success.
        UnreachableError: It has another type.
    """
    with reading(checked(answer)):
        if answer.headers["content-type"].partition(";")[0] != media_type:
            raise ValueError(media_type)
    return answer


def document_with(*names: str) -> Callable[[Any], dict[str, Any]]:
    """Return what reads a document that has these fields."""

    def read(document: dict[str, Any]) -> dict[str, Any]:
        if missing := names - document.keys():
            raise KeyError(*missing)
        return document

    return read


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
    try:
        problem = document_with("detail")(answer.json())
        problem_error(answer.status_code, problem)
    except (AttributeError, LookupError, TypeError, ValueError):
        return {"detail": _of_another_server(answer)}
    return problem


def _of_another_server(answer: httpx.Response) -> str:
    return (
        f"{answer.request.url.copy_with(query=None)} answered {answer.status_code} "
        f"{answer.reason_phrase}, and nothing that the forecasting service would say. Is it the "
        "right address?"
    )
