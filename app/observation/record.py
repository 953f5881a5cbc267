"""What is noted of a request while it is answered."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple


class NetworkTimes(NamedTuple):
    """When a request waited for a network, and when that ran, in seconds of `perf_counter`."""

    queued: float
    started: float
    ended: float
    series: int
    """How many series were joined in the run."""


@dataclass(slots=True)
class RequestRecord:
    """What the log, the metrics and traces say of a request, besides its path and time."""

    status: int = 499
    """How it was answered; 499 if the client has gone before an answer began."""
    key: str | None = None
    """The name of whoever holds the key that came with it."""
    model: str | None = None
    """The model that answers, with its version."""
    series: int = 0
    """The number of series in it."""
    network_seconds: float = 0.0
    """How long it waited for networks: in the queue and while they ran."""
    networks: list[NetworkTimes] | None = None
    """Its runs of networks; None if requests are not traced."""
    traceparent: str | None = None
    """What names its span to others; None if requests are not traced."""


_current: ContextVar[RequestRecord | None] = ContextVar("record", default=None)


def begin_record() -> RequestRecord:
    """Return the record of the request that begins here."""
    record = RequestRecord()
    _current.set(record)
    return record


def current_record() -> RequestRecord:
    """Return the record of the request that is being answered.

    Work that no request asks for gets a record that nobody reads.
    """
    return _current.get() or RequestRecord()
