"""The client of the forecasting service."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
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


class ForecastClient:
    """A client of the forecasting service. It keeps connections open, and threads may share it.

    Every method that takes data takes a list of numbers, NumPy arrays, series objects
    (`{"values": …, "id": …, "start": …, "frequency": …}`) or a list of them, a data frame of pandas
    or polars or an Arrow table with the columns `unique_id`, `ds` and `y` or others that are named,
    a pandas frame or series with dates as its index, or the path of a file. All options have the
    names and the meaning that they have in the service.

    All methods raise `ProblemError` for what the service refuses, `UnreachableError` if there is no
    service, and `DataError` for data that cannot be sent.
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
        """Open no connection yet.

        Args:
            url: The address of the service. By default, that in the environment variable
                FORECAST_URL, or else http://localhost:8000.
            api_key: The key. By default, that in the environment variable FORECAST_API_KEY.
            timeout_s: Seconds to wait for an answer.
            connections: How many requests are sent side by side if data takes several.
            retries: How often a request is sent again if the service is too busy (429, 503). How
                long to wait each time is what the service says in `Retry-After`.
            progress: Whether a bar shows how far a job has come. It needs tqdm.
        """
        self.url = address_of(url)
        self.progress = progress
        self._retries = Retries(retries)
        self._connections = connections
        self._http = httpx.Client(
            base_url=self.url, headers=headers_for(api_key), timeout=timeouts(timeout_s)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(self, data: Any, **options: Unpack[PredictOptions]) -> Forecast:
        """Forecast series.

        A large frame is sent in several requests, side by side, each of which fits the limits of
        the service.
        """
        past = partial(self._run_history, data, options)
        return self._run(forecasts.predict(data, options, past))

    def backtest(
        self, data: Any, *, idempotency_key: str | None = None, **options: Unpack[BacktestOptions]
    ) -> Backtest:
        """Forecast the past, and score the forecasts beside two baselines.

        A long backtest runs as a job in the service; then this waits for its end, as `wait` does.

        Raises:
            JobError: The job has failed, or was cancelled.
        """
        found = self._run(jobs.backtest(data, options, idempotency_key))
        if isinstance(found, jobs.BacktestJob):
            return self._run(jobs.result(self.wait(found.job), found.form))
        return found

    def anomalies(self, data: Any, **options: Unpack[AnomaliesOptions]) -> Anomalies:
        """Find the values of the past that were unusual."""
        return self._run(forecasts.anomalies(data, options))

    def inspect(self, data: Any, **options: Unpack[InspectOptions]) -> Inspection:
        """Find out what the service understands of data, without forecasting it."""
        return self._run(forecasts.inspect(data, options))

    def actuals(self, data: Any, **options: Unpack[ActualsOptions]) -> Mapping[str, Any]:
        """Say what really happened of forecasts that were made with `track`.

        With the options of a table, a frame or a file has the ids of series, or those of forecasts
        with `by="forecast"`. A list or a dict has series objects with an `id` or a `forecast_id`.
        Returns how many values were `matched`, and which belong to nothing.
        """
        return self._run(live.actuals(data, options))

    def performance(self, model: str, version: int) -> Mapping[str, Any]:
        """Return how a version does by what really happened, and whether it is drifting."""
        return self._run(live.performance(model, version))

    def answer(
        self, operation: forecasts.Named, data: Any, media_type: str, **options: Any
    ) -> bytes:
        """Return the answer of `predict`, `backtest`, `anomalies` or `inspect` as a file.

        Args:
            operation: Which of them.
            data: As for all methods. It is sent in one request.
            media_type: `text/csv`, `application/vnd.apache.parquet`,
                `application/vnd.apache.arrow.stream` or `application/json`.
            options: As for the operation.
        """
        return self._run(forecasts.answer(operation, data, media_type, options))

    def train(
        self,
        data: Any,
        model: str,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[TrainOptions],
    ) -> Job:
        """Queue the training of a model on series, and return the job at once."""
        return self._run(jobs.train(model, data, options, idempotency_key))

    def bulk(
        self,
        source: str,
        output: str,
        *,
        idempotency_key: str | None = None,
        **options: Unpack[BulkOptions],
    ) -> Job:
        """Queue forecasts of a table that the service can reach, and return the job at once.

        Args:
            source: An absolute path, or a URL such as `s3://bucket/sales`.
            output: Likewise, of the table that is written.
            idempotency_key: A key of yours: the same one gives the same job.
            options: Those of the service.
        """
        return self._run(jobs.bulk(source, output, options, idempotency_key))

    def bulk_output(self, job: Job | str) -> BulkOutput:
        """Return what a bulk job has written, once it has succeeded."""
        return self._run(jobs.bulk_output(job))

    def follow(self, job: Job | str) -> Iterator[Event]:
        """Yield the events of a job from its first one to its end, as they come.

        A connection that is lost is opened again, and no event is missed.
        """
        yield from self._events(EventReader(jobs.job_id(job)))

    def wait(self, job: Job | str) -> Job:
        """Wait until a job has succeeded, with a bar that shows its progress.

        Ctrl-C cancels the job.

        Raises:
            JobError: It has failed, or was cancelled.
        """
        reader = EventReader(jobs.job_id(job))
        try:
            with ProgressBar(shown=self.progress) as bar:
                for event in self._events(reader):
                    bar.update(event)
        except KeyboardInterrupt:
            self.cancel(job)
            raise
        return jobs.succeeded(reader.last)

    def cancel(self, job: Job | str) -> Job:
        """Cancel a job."""
        return self._run(jobs.cancel(job))

    def result(self, job: Job | str) -> Backtest:
        """Return what a backtest has found that ran as a job."""
        return self._run(jobs.result(job))

    def jobs(self) -> list[Job]:
        """Return all jobs, the newest first."""
        return self._run(jobs.jobs())

    def job(self, job: Job | str) -> Job:
        """Return how a job stands."""
        return self._run(jobs.show(job))

    def logs(self, job: Job | str) -> str:
        """Return what the process of a job has written."""
        return self._run(jobs.logs(job))

    def models(self) -> list[Model]:
        """Return the models."""
        return self._run(models.models())

    def version(self, model: str, version: int) -> Mapping[str, Any]:
        """Return the manifest of a version: its data, its recipe and its scores."""
        return self._run(models.version(model, version))

    def promote(
        self, model: str, version: int, *, alias: str = "production", reason: str | None = None
    ) -> Alias:
        """Let an alias name a version; `production` is what is served."""
        return self._run(models.promote(model, version, alias, reason))

    def rollback(self, model: str, *, reason: str | None = None) -> Alias:
        """Let `production` name the version that it named before."""
        return self._run(models.rollback(model, reason))

    def delete(self, model: str, version: int, *, even_if_served: bool = False) -> None:
        """Delete a version that no alias names.

        The newest one, which is served if no alias `production` names another, is deleted only with
        `even_if_served`.
        """
        self._run(models.delete(model, version, even_if_served))

    def health(self) -> Mapping[str, Any]:
        """Return how the service is, and what a request may hold."""
        return self._run(models.health())

    def _run_history(self, data: Any, options: Mapping[str, Any]) -> Inspection:
        return self._run(forecasts.history(data, options))

    def _run(self, operation: Operation[Result]) -> Result:
        """Send what an operation asks for, until it has its result."""
        try:
            requests = next(operation)
            while True:
                requests = operation.send(self._send_all(requests))
        except StopIteration as end:
            result: Result = end.value
            return result

    def _send_all(self, requests: Sequence[Request]) -> list[httpx.Response]:
        if len(requests) == 1:
            return [self._send(requests[0])]
        with ThreadPoolExecutor(self._connections) as threads:
            try:
                return list(threads.map(self._send, requests))
            except BaseException:
                threads.shutdown(cancel_futures=True)
                raise

    def _send(self, request: Request) -> httpx.Response:
        """Send a request, again if the service is too busy."""
        built = request.build(self._http)
        sent = 0
        while True:
            with reaching(self.url):
                answer = self._http.send(built)
            sent += 1
            pause = self._retries.pause(answer, sent)
            if pause is None:
                return answer
            time.sleep(pause)

    def _events(self, reader: EventReader) -> Iterator[Event]:
        while not reader.ended:
            # A stream that was lost is opened again, unless that happens too often.
            with (
                suppress(httpx.TransportError),
                self._http.stream("GET", reader.path, headers=reader.headers) as answer,
            ):
                if reader.opened(answer):
                    for sent in EventSource(answer).iter_sse():
                        if sent.data:
                            yield reader.take(sent)
                else:
                    answer.read()
                    reader.refused(answer)
            if not reader.ended:
                time.sleep(reader.pause())
