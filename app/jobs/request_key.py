"""What makes a request for a job safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key of the caller's choice, and a digest of what was asked for with it."""

    key: str
    digest: str
