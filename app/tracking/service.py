"""The forecasts that are kept: keeping them, and saying how a version does by what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Self

from app.access.seen import Seen
from app.database.thread import DatabaseThread
from app.errors import ServiceError
from app.predict.render import Answer
from app.settings.settings import Settings
from app.tracking.actual_values import ActualValues, Matched
from app.tracking.database import TrackingDatabase
from app.tracking.performance import Performance, judge
from app.tracking.retraining import can_be_retrained
from app.tracking.standing import MOST_VERSIONS, expose
from app.tracking.tracked import Past, pasts, track

FILE = "tracking.sqlite"
MOST_EVALUATED = 100_000
"""How many forecasts of a version are evaluated, the newest."""


class TrackingOffError(ServiceError):
    """Forecasts are not kept, because machines share the ledger."""

    status = HTTPStatus.NOT_IMPLEMENTED
    code = "tracking_off"

    def __init__(self) -> None:
        super().__init__(
            "Forecasts are not kept here: that takes a file which one machine alone may open, and "
            "this service shares its jobs with others (FORECAST_DATABASE_URL). Leave `track` out."
        )


class Tracking:
    """The forecasts that are kept, an async context manager.

    Every method but `metrics` may raise JobsDiskFullError or JobsUnavailableError. If the ledger of
    the jobs is in PostgreSQL, none are kept, because their SQLite file would be damaged if several
    machines wrote it; then methods that need some raise TrackingOffError.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._is_off = settings.database_url is not None
        path = settings.jobs_dir / FILE
        self.writer = DatabaseThread(FILE, partial(TrackingDatabase, path))
        self.reader = DatabaseThread(FILE, partial(TrackingDatabase, path))
        """Reads much at once, which would keep what is to be written waiting."""
        self.problem: str | None = None
        """Why the file could not be read or written when `TrackingWatch` looked last; None if it
        could."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.to_thread(self.writer.close)
        await asyncio.to_thread(self.reader.close)

    async def is_used(self) -> bool:
        """Return whether forecasts have ever been kept in the folder."""
        return not self._is_off and await asyncio.to_thread((self._settings.jobs_dir / FILE).exists)

    async def keep(self, answer: Answer) -> list[str]:
        """Keep the forecasts of an answer, and return their ids."""
        self.check_on()
        forecasts = await asyncio.to_thread(lambda: list(track(answer)))
        before: list[Past] = []
        if self._settings.retrain_on_drift and can_be_retrained(answer.prediction.version.manifest):
            before = await asyncio.to_thread(lambda: list(pasts(answer)))
        most = self._settings.max_tracking_bytes
        await self.writer(TrackingDatabase.add, forecasts, before, max_bytes=most)
        return [forecast.id for forecast in forecasts]

    async def set_actuals(self, given: Sequence[ActualValues], model: str | None) -> list[Matched]:
        """Set what really happened in the forecasts of the caller that it belongs to.

        Raises SeriesError, and sets nothing, for a local time that is not clear in the zone of a
        forecast.
        """
        self.check_on()
        seen = Seen.by_caller()
        return await self.writer(TrackingDatabase.set_actuals, given, model, seen)

    async def performance(self, model: str, version: int) -> Performance:
        """Return how a version does by the forecasts that the caller sees."""
        self.check_on()
        seen = Seen.by_caller()
        kept = await self.reader(TrackingDatabase.count, model, version, seen)
        known = await self.reader(
            TrackingDatabase.known, model, version, seen, at_most=MOST_EVALUATED
        )
        return await asyncio.to_thread(judge, known, kept)

    def check_on(self) -> None:
        """Raise TrackingOffError if forecasts are not kept here."""
        if self._is_off:
            raise TrackingOffError

    async def metrics(self) -> bytes:
        """Return the standings of the versions as metrics, in the text format of Prometheus.

        Without them, if they cannot be read: the other metrics, and `problem`, can.
        """
        try:
            return await asyncio.to_thread(expose, await self.standings())
        except ServiceError:
            return b""

    async def standings(self) -> list[tuple[str, int, str]]:
        """Return the model, the version and the standing of those that were judged last."""
        if not await self.is_used():
            return []
        return await self.reader(TrackingDatabase.standings, MOST_VERSIONS)
