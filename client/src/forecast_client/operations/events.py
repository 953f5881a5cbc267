"""The events of a job, as far as they do not depend on how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from httpx_sse import ServerSentEvent

from forecast_client.errors import UnreachableError
from forecast_client.http.exchange import checked_type, path_of
from forecast_client.results.records import Event, Job

_STREAM = "text/event-stream"
_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 10.0)


@dataclass
class EventReader:
    """Where the reader of a job's events is, so that it goes on after a lost connection."""

    job: str
    ended: bool = False
    last: Job | None = None
    """The job, once it has ended."""
    _last_id: str = ""
    _lost: int = 0

    @property
    def path(self) -> str:
        """Where the events are."""
        return path_of("jobs", self.job, "events")

    @property
    def headers(self) -> dict[str, str]:
        """The headers that ask for the events that were not read yet."""
        return {"last-event-id": self._last_id} if self._last_id else {}

    def take(self, sent: ServerSentEvent) -> Event:
        """Read an event that has data, which the comments that keep a connection open do not."""
        self._lost = 0
        self._last_id = sent.id or self._last_id
        data: Any = sent.json()
        if sent.event == "end":
            self.ended = True
            self.last = Job.of(data)
        return Event(sent.event, data)

    def opened(self, answer: httpx.Response) -> bool:
        """Return whether an answer, of which the headers are here, is the stream of events."""
        is_stream = answer.headers.get("content-type", "").startswith(_STREAM)
        return answer.is_success and is_stream

    def refused(self, answer: httpx.Response) -> None:
        """Look at an answer that is no stream.

        Raises:
            ProblemError: The service refuses to show the events, and not only for now.
            UnreachableError: It is none of the service.
        """
        if answer.status_code not in {429, 502, 503}:
            checked_type(answer, _STREAM)

    def pause(self) -> float:
        """Return the seconds to wait before the stream is opened again.

        Raises:
            UnreachableError: It was lost too often in a row.
        """
        if self._lost == len(_PAUSES_S):
            raise UnreachableError(f"The events of the job {self.job} cannot be read any more.")
        self._lost += 1
        return _PAUSES_S[self._lost - 1]
