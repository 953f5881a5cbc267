"""By what the ledger knows a request that comes again."""

from __future__ import annotations

from dataclasses import dataclass

IDEMPOTENCY_KEY = "^[!-~]{1,255}$"
"""What a caller may choose as a key: visible characters of ASCII."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key that the caller has chosen, and a digest of the request that came with it."""

    key: str
    digest: str
