"""What can go wrong: one small tree of exceptions.

ForecastError
├── DataError            what was passed cannot be sent
├── UnreachableError     no service answers, or another server does
├── ConfigurationError   the address or the key cannot be used
├── ProblemError         the service refused a request, or failed
│   ├── AccessError      401, 403: the key
│   ├── NotFoundError    404: no such model, version or job
│   └── OverloadedError  429, 503: after all retries
└── JobError             a job has failed or was cancelled
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class ForecastError(Exception):
    """The base of all errors of this package."""


class DataError(ForecastError, ValueError):
    """What was passed cannot be sent to the service as it is."""


class UnreachableError(ForecastError, ConnectionError):
    """No service answers at the address, or another server does, or the connection was lost."""


class ConfigurationError(ForecastError, ValueError):
    """The address of the service, or the key, cannot be used as it is."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a request."""

    pointer: str
    """The place in the body, as a JSON pointer: `#/series/1`, or `#/file/17/y` for row 17."""
    code: str
    detail: str


class ProblemError(ForecastError):
    """The service refused a request, or failed. Its text is what the service says, and where."""

    def __init__(self, status: int, problem: dict[str, Any], part: str = "") -> None:
        """Take the problem document (RFC 9457) of an answer, and which part of the data it was."""
        self.status = status
        self.code: str = problem.get("code", "")
        self.detail: str = problem.get("detail", "")
        self.request_id: str | None = problem.get("request_id")
        self.errors = [
            Mistake(error["pointer"], error["code"], error["detail"])
            for error in problem.get("errors", ())
        ]
        super().__init__(_text(self.detail, self.errors) + part)


class AccessError(ProblemError):
    """The key is missing, unknown, or not for this (401, 403)."""


class NotFoundError(ProblemError):
    """There is no such model, version, alias or job (404)."""


class OverloadedError(ProblemError):
    """The service has too much to do, and still had after all retries (429, 503)."""


class JobError(ForecastError):
    """A job has failed, or was cancelled."""

    def __init__(self, job_id: str, state: str, code: str, detail: str) -> None:
        """Take the job and its error."""
        self.job_id = job_id
        self.state = state
        self.code = code
        super().__init__(
            f"The job {job_id} has {state}: {detail}"
            if detail
            else f"The job {job_id} was {state}."
        )


def problem_error(status: int, problem: dict[str, Any], part: str = "") -> ProblemError:
    """Return the exception for a problem document."""
    kinds: dict[int, type[ProblemError]] = {
        401: AccessError,
        403: AccessError,
        404: NotFoundError,
        429: OverloadedError,
        503: OverloadedError,
    }
    return kinds.get(status, ProblemError)(status, problem, part)


def _text(detail: str, errors: Sequence[Mistake]) -> str:
    """Return the detail, and each place that it does not name itself."""
    if len(errors) == 1:
        place = errors[0].pointer
        return detail if place in detail else f"{detail} (at {place})"
    others = [f"\n{error.pointer}: {error.detail}" for error in errors]
    return detail + "".join(others)
