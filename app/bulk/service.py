"""Answering `POST /bulk`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request

from app.bulk.columns import check_columns
from app.bulk.planning import plan_bulk
from app.bulk.schemas import BulkRequest
from app.jobs.idempotency import request_key
from app.jobs.schemas import Job
from app.jobs.service import Jobs
from app.requests.content import JSON, read_json_body
from app.requests.request import RequestBody
from app.serving.registry import Registry
from app.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class BulkService:
    """Queues bulk jobs."""

    settings: Settings
    registry: Registry
    jobs: Jobs
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a process looks at a table."""

    async def queue(self, request: Request, idempotency_key: str | None) -> Job:
        """Queue the job that a request asks for, unless its key has queued it before.

        Raises ForecastingError, ServiceError or ValidationError if it cannot run.
        """
        content = await read_json_body(request, self.settings)
        body = RequestBody({}, content, JSON, is_table=False)
        key = await request_key(idempotency_key, body)
        job = await self.jobs.with_key(key)
        if job is not None:
            return job
        options = BulkRequest.model_validate_json(content)
        version = await self.registry.get(options.model, options.version)
        planned = await asyncio.to_thread(plan_bulk, options, version, self.settings)
        await check_columns(planned, self.looking)
        return await self.jobs.add_bulk(planned, key=key)
