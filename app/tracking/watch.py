"""Judging versions as actual values come in, and forgetting forecasts that are old.

Several processes may watch the same folder. A version is judged by one of them at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Self

from app.access.seen import Seen
from app.errors import ServiceError
from app.settings.settings import Settings
from app.tracking.database import TrackingDatabase
from app.tracking.performance import judge
from app.tracking.retraining import Retraining
from app.tracking.service import FILE, MOST_EVALUATED, Tracking
from app.tracking.standing import Standing

_log = logging.getLogger("app")
_LOOK_SECONDS = 2.0
_PATIENCE_SECONDS = 120.0
_CLEAN_UP_SECONDS = 600.0
_DAY_SECONDS = 86_400


class TrackingWatch:
    """An async context manager, inside which versions are judged again when that is due."""

    def __init__(self, settings: Settings, tracking: Tracking, retraining: Retraining) -> None:
        self._settings = settings
        self._tracking = tracking
        self._retraining = retraining
        self._watching: asyncio.Task[None] | None = None
        self._cleaned_up_at = -_CLEAN_UP_SECONDS

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._watching is not None
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._tracking.standings()
                if await self._tracking.is_used():
                    await self._judge_what_changed()
                    await self._clean_up()
                self._tracking.problem = None
            except ServiceError as error:
                problem = f"{FILE}: {error}"
                if problem != self._tracking.problem:
                    _log.error("looking at the forecasts that are kept: %s", problem)
                self._tracking.problem = problem
            except Exception:  # noqa: BLE001  the next look may succeed
                _log.exception("looking at the forecasts that are kept failed")

    async def _judge_what_changed(self) -> None:
        writer, reader = self._tracking.writer, self._tracking.reader
        claim = TrackingDatabase.claim_changed
        while (found := await writer(claim, time.time() + _PATIENCE_SECONDS)) is not None:
            model, version, changes = found
            known = await reader(
                TrackingDatabase.known, model, version, Seen(), at_most=MOST_EVALUATED
            )
            performance = await asyncio.to_thread(judge, known, len(known))
            document = Standing.of(performance).model_dump_json()
            await writer(TrackingDatabase.set_standing, model, version, changes, document)
            if performance.drift.drifting and self._settings.retrain_on_drift:
                pasts = await reader(TrackingDatabase.pasts, model)
                await self._retraining.start(model, version, pasts)

    async def _clean_up(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._cleaned_up_at < _CLEAN_UP_SECONDS:
            return
        before = time.time() - _DAY_SECONDS * self._settings.tracking_retention_days
        while await self._tracking.writer(TrackingDatabase.forget_before, before):
            pass
        self._cleaned_up_at = now
