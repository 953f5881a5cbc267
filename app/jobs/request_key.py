"""By what the ledger knows a request that comes again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key that the caller has chosen, and a digest of the request that came with it."""

    key: str
    digest: str
