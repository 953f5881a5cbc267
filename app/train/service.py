"""Answering `POST /train`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from app.jobs.idempotency import request_key
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Job
from app.jobs.service import Jobs
from app.observation.record import current_record
from app.requests.content import headers_of
from app.requests.request import RequestReader
from app.requests.series_items import SeriesItem
from app.serving.store_threads import in_store_thread
from app.settings.settings import Settings
from app.train.planning import plan_training
from app.train.schemas import TrainOptions, TrainRequest
from forecasting.notes import Note
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class TrainService:
    """Queues trainings on the caller's series."""

    settings: Settings
    store: ModelStore
    reader: RequestReader
    jobs: Jobs

    async def queue(self, request: Request, idempotency_key: str | None) -> Job:
        """Queue the training that a request asks for, unless its key has queued it before.

        Raises ForecastingError, ServiceError or ValidationError if it cannot be trained.
        """
        body = await self.reader.receive(request, headers_of(request))
        key = await request_key(idempotency_key, body)
        job = await self.jobs.with_key(key)
        if job is not None:
            return job
        parsed = await self.reader.parse(request, body, TrainRequest, TrainOptions)
        return await self.train(parsed.options, parsed.items, key, parsed.notes)

    async def train(
        self,
        options: TrainOptions,
        items: Sequence[SeriesItem],
        key: RequestKey | None,
        table_notes: Sequence[Note] = (),
    ) -> Job:
        """Queue a training on series that were read from a request, in whichever protocol.

        `table_notes` say what was assumed to read the table that they came in. Raises
        ForecastingError or ServiceError if it cannot be trained.
        """
        current_record().series = len(items)
        fit_options, series = await in_store_thread(
            plan_training, options, items, self.settings, self.store
        )
        return await self.jobs.add_training(fit_options, series, table_notes, key=key)
