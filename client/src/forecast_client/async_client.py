"""The asynchronous client of the forecasting service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, Unpack

import httpx
from httpx_sse import EventSource

from forecast_client.http.address import address_of, headers_for, reaching, timeouts
from forecast_client.http.exchange import Operation, Request, Result
from forecast_client.http.retries import Retries
from forecast_client.operations import actuals as live
from forecast_client.operations import forecasts, jobs, models
from forecast_client.operations.events import EventReader
from forecast_client.options import (
    ActualsOptions,
    AnomaliesOptions,
    BacktestOptions,
    BulkOptions,
    InspectOptions,
    PredictOptions,
    TrainOptions,
)
from forecast_client.results.anomalies import Anomalies
from forecast_client.results.backtest import Backtest
from forecast_client.results.bulk import BulkOutput
from forecast_client.results.forecast import Forecast
from forecast_client.results.inspection import Inspection
from forecast_client.results.progress import ProgressBar
from forecast_client.results.records import Alias, Event, Job, Model


class AsyncForecastClient:
    """What `ForecastClient` does, for programs with asyncio: each method is awaited.

    To plot a forecast with its history, pass what `inspect` with `values=True` answers.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        timeout_s: float = 300.0,
        connections: int = 4,
        retries: int = 5,
        progress: bool = True,
    ) -> None:
        """Open no connection yet. The arguments are those of `ForecastClient`."""
        self.url = address_of(url)
        self.progress = progress
        self._retries = Retries(retries)
        self._connections = connections
        self._http = httpx.AsyncClient(
            base_url=self.url, headers=headers_for(api_key), timeout=timeouts(timeout_s)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def predict(self, data: Any, **options: Unpack[PredictOptions]) -> Forecast:
        """Forecast series."""
        return await self._run(forecasts.predict(data, options))

    async def backtest(
        self, data: Any, *, idempotency_key: str | None = None, **options: Unpack[BacktestOptions]
    ) -> Backtest:
        """Forecast the past, and score the forecasts beside two baselines."""
        found = await self._run(jobs.backtest(data, options, idempotency_key))
        if isinstance(found, jobs.BacktestJob):
            return await self._run(jobs.result(await self.wait(found.job), found.form))
        return found

    async def anomalies(self, data: Any, **options: Unpack[AnomaliesOptions]) -> Anomalies:
        """Find the values of the past that were unusual."""
        return await self._run(forecasts.anomalies(data, options))

    async def inspect(self, data: Any, **options: Unpack[InspectOptions]) -> Inspection:
        """Find out what the service understands of data, without forecasting it."""
        return await self._run(forecasts.inspect(data, options))

    async def actuals(self, data: Any, **options: Unpack[ActualsOptions]) -> Mapping[str, Any]:
        """Say what really happened of forecasts that were made with `track`.

        With the options of a table, a frame or a file has the ids of series, or those of forecasts
        with `by="forecast"`. A list or a dict has series objects with an `id` or a `forecast_id`.
        Returns how many values were `matched`, and which belong to nothing.
        """
        return await self._run(live.actuals(data, options))

    async def performance(self, model: str, version: int) -> Mapping[str, Any]:
        """Return how a version does by what really happened, and whether it is drifting."""
        return await self._run(live.performance(model, version))

    async def answer(
        self, operation: forecasts.Named, data: Any, media_type: str, **options: Any
    ) -> bytes:
        """Return the answer of `predict`, `backtest`, `anomalies` or `inspect` as a file."""
        return await self._run(forecasts.answer(operation, data, media_type, options))

    async def train(
        self,
        data: Any,
        model: str,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[TrainOptions],
    ) -> Job:
        """Queue the training of a model on series, and return the job at once."""
        return await self._run(jobs.train(model, data, options, idempotency_key))

    async def bulk(
        self,
        source: str,
        output: str,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[BulkOptions],
    ) -> Job:
        """Queue forecasts of a table that the service can reach, and return the job at once."""
        return await self._run(jobs.bulk(source, output, options, idempotency_key))

    async def bulk_output(self, job: Job | str) -> BulkOutput:
        """Return what a bulk job has written, once it has succeeded."""
        return await self._run(jobs.bulk_output(job))

    async def follow(self, job: Job | str) -> AsyncIterator[Event]:
        """Yield the events of a job from its first one to its end, as they come."""
        async for event in self._events(EventReader(jobs.job_id(job))):
            yield event

    async def wait(self, job: Job | str) -> Job:
        """Wait until a job has succeeded, with a bar that shows its progress.

        If the task that waits is cancelled, as by Ctrl-C, so is the job.
        """
        reader = EventReader(jobs.job_id(job))
        try:
            with ProgressBar(shown=self.progress) as bar:
                async for event in self._events(reader):
                    bar.update(event)
        except asyncio.CancelledError:
            await asyncio.shield(self.cancel(job))
            raise
        return jobs.succeeded(reader.last)

    async def cancel(self, job: Job | str) -> Job:
        """Cancel a job."""
        return await self._run(jobs.cancel(job))

    async def result(self, job: Job | str) -> Backtest:
        """Return what a backtest has found that ran as a job."""
        return await self._run(jobs.result(job))

    async def jobs(self) -> list[Job]:
        """Return all jobs, the newest first."""
        return await self._run(jobs.jobs())

    async def job(self, job: Job | str) -> Job:
        """Return how a job stands."""
        return await self._run(jobs.show(job))

    async def logs(self, job: Job | str) -> str:
        """Return what the process of a job has written."""
        return await self._run(jobs.logs(job))

    async def models(self) -> list[Model]:
        """Return the models."""
        return await self._run(models.models())

    async def version(self, model: str, version: int) -> Mapping[str, Any]:
        """Return the manifest of a version: its data, its recipe and its scores."""
        return await self._run(models.version(model, version))

    async def promote(
        self, model: str, version: int, *, alias: str = "production", reason: str | None = None
    ) -> Alias:
        """Let an alias name a version; `production` is what is served."""
        return await self._run(models.promote(model, version, alias, reason))

    async def rollback(self, model: str, *, reason: str | None = None) -> Alias:
        """Let `production` name the version that it named before."""
        return await self._run(models.rollback(model, reason))

    async def delete(self, model: str, version: int, *, even_if_served: bool = False) -> None:
        """Delete a version that no alias names.

        The newest one, which is served if no alias `production` names another, is deleted only with
        `even_if_served`.
        """
        await self._run(models.delete(model, version, even_if_served))

    async def health(self) -> Mapping[str, Any]:
        """Return how the service is, and what a request may hold."""
        return await self._run(models.health())

    async def _run(self, operation: Operation[Result]) -> Result:
        """Send what an operation asks for, until it has its result."""
        try:
            requests = next(operation)
            while True:
                requests = operation.send(await self._send_all(requests))
        except StopIteration as end:
            result: Result = end.value
            return result

    async def _send_all(self, requests: Sequence[Request]) -> list[httpx.Response]:
        turns = asyncio.Semaphore(self._connections)

        async def send(request: Request) -> httpx.Response:
            async with turns:
                return await self._send(request)

        running = [asyncio.ensure_future(send(request)) for request in requests]
        try:
            return await asyncio.gather(*running)
        finally:
            for task in running:
                task.cancel()

    async def _send(self, request: Request) -> httpx.Response:
        """Send a request, again if the service is too busy."""
        built = await asyncio.to_thread(request.build, self._http)
        sent = 0
        while True:
            with reaching(self.url):
                answer = await self._http.send(built)
            sent += 1
            pause = self._retries.pause(answer, sent)
            if pause is None:
                return answer
            await asyncio.sleep(pause)

    async def _events(self, reader: EventReader) -> AsyncIterator[Event]:
        while not reader.ended:
            # A stream that was lost is opened again, unless that happens too often.
            with suppress(httpx.TransportError):
                async with self._http.stream("GET", reader.path, headers=reader.headers) as answer:
                    if reader.opened(answer):
                        async for sent in EventSource(answer).aiter_sse():
                            if sent.data:
                                yield reader.take(sent)
                    else:
                        await answer.aread()
                        reader.refused(answer)
            if not reader.ended:
                await asyncio.sleep(reader.pause())
