"""Answering `POST /backtest`, at once or with a job."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.backtest.planning import PlannedBacktest, check_refit, plan_backtest
from app.backtest.render import check_table, render_table
from app.backtest.schemas import BacktestOptions, BacktestRequest
from app.jobs.idempotency import request_key
from app.jobs.schemas import Job
from app.jobs.service import Jobs
from app.observation.record import current_record
from app.requests.cancellation import cancel_on_disconnect, deadline
from app.requests.content import JSON, accept_of, headers_of, negotiate
from app.requests.request import RequestBody, RequestReader
from app.requests.series_items import SeriesItem
from app.serving.batcher import Batcher
from app.serving.forecasting import forecast_pasts, run_backtest
from app.serving.registry import Registry
from app.serving.store_threads import in_store_thread
from app.settings.settings import Settings
from forecasting.evaluation.backtest import BacktestWindows
from forecasting.evaluation.backtest_report import render_json
from forecasting.prediction.forecaster import Forecast


@dataclass(frozen=True, slots=True)
class BacktestService:
    """Backtests a version on the caller's series: what is short at once, the rest as a job."""

    settings: Settings
    registry: Registry
    batcher: Batcher
    reader: RequestReader
    jobs: Jobs

    async def respond(self, request: Request, idempotency_key: str | None) -> Response:
        """Answer a request: 200 with the result, or 202 with the job.

        Raises ForecastingError, ServiceError or ValidationError if it cannot be answered.
        """
        headers = headers_of(request)
        media_type = negotiate(accept_of(headers))
        body = await self.reader.receive(request, headers)
        async with deadline(self.settings.request_timeout_s):
            key = await request_key(idempotency_key, body)
            earlier = await self.jobs.with_key(key)
            if earlier is not None:
                return _accepted(earlier)
            backtest = await self._plan(request, body, media_type)
            if not backtest.as_job:
                content = await cancel_on_disconnect(request, self._answer(backtest, media_type))
                return Response(content, media_type=media_type)
        return _accepted(await self.jobs.add_backtest(backtest.task, refit=backtest.refit, key=key))

    async def plan(self, options: BacktestOptions, items: Sequence[SeriesItem]) -> PlannedBacktest:
        """Check a backtest of series that came in the protocol of another system.

        Raises ForecastingError or ServiceError if it makes no sense, or is too large for a job.
        """
        current_record().series = len(items)
        async with deadline(self.settings.request_timeout_s):
            version = await self.registry.get(options.model, options.version)
            return await asyncio.to_thread(plan_backtest, options, items, version, self.settings)

    async def forecast(
        self, request: Request, backtest: PlannedBacktest
    ) -> tuple[BacktestWindows, Forecast]:
        """Forecast the windows of a backtest with its version alone, without scores or baselines.

        The forecasts have the quantiles of the task, or none if the version predicts none.

        Raises ServiceError if that cannot be done.
        """
        task, version = backtest.task, backtest.version
        async with deadline(self.settings.request_timeout_s):
            windows = await asyncio.to_thread(backtest.cut_windows)
            work = forecast_pasts(
                windows.pasts,
                version,
                self.batcher,
                horizon=windows.horizon,
                quantiles=task.quantiles if version.forecaster.signature.quantiles else (),
                season_lengths=windows.network_season_lengths,
                bounds=windows.bounds,
            )
            return windows, await cancel_on_disconnect(request, work)

    async def _plan(self, request: Request, body: RequestBody, media_type: str) -> PlannedBacktest:
        parsed = await self.reader.parse(request, body, BacktestRequest, BacktestOptions)
        options = parsed.options
        if media_type != JSON:
            check_table(options)
        version = await self.registry.get(options.model, options.version)
        backtest = await asyncio.to_thread(
            plan_backtest, options, parsed.items, version, self.settings, parsed.notes
        )
        if backtest.refit:
            await in_store_thread(check_refit, backtest, self.registry.store, self.settings)
        return backtest

    async def _answer(self, backtest: PlannedBacktest, media_type: str) -> bytes:
        windows = await asyncio.to_thread(backtest.cut_windows)
        result = await run_backtest(
            windows, backtest.task.intervals, backtest.version, self.batcher
        )
        if media_type == JSON:
            return await asyncio.to_thread(render_json, backtest.task, result)
        return await asyncio.to_thread(render_table, backtest, result, media_type)


def _accepted(job: Job) -> Response:
    headers = {"Location": f"/jobs/{job.id}"}
    return Response(job.model_dump_json(), 202, headers, media_type=JSON)
