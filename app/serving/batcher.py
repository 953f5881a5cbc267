"""Batching while busy: requests that wait for the same version are joined into its next run.

There are two lanes, each a queue and a runner. Quick work runs on the event loop itself, because a
hand-over to a thread would cost more than the network does: whatever has arrived is run together
once a turn of the loop has brought no more. All other work runs in one thread: whatever arrives
while the thread is busy is run together as soon as it is free. There is no timer, and nothing waits
while nothing else arrives or is running.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from time import perf_counter
from typing import Self

import numpy as np

from app.errors import OverloadedError
from app.observation.metrics import Metrics
from app.observation.record import NetworkTimes, current_record
from app.serving.served_version import ServedVersion
from forecasting.series.calendar import Dates
from forecasting.types import Floats

QUICK_SECONDS = 0.004
"""Work that is expected to take longer than this is not run on the event loop."""
_MOST_JOINED = 64
"""Once so many requests wait, they are run, though more arrive."""
TURN_SECONDS = 0.005
"""Quick work is joined into runs of about this length, so that the event loop gets its turn. Each
run costs something of its own, so that shorter ones would have the last of the work wait longer."""
JOINED_SECONDS = 0.25
"""Slow work is joined into runs of about this length, so that the first need not wait for all."""


@dataclass(eq=False, slots=True)
class _Work:
    version: ServedVersion
    series: list[Floats]
    horizon: int
    season_lengths: list[int]
    dates: list[Dates | None]
    beside: list[Floats] | None
    seconds: float
    """What it takes alone."""
    done: asyncio.Future[Floats]
    queued: float
    """When it began to wait, in seconds of `perf_counter`."""
    networks: list[NetworkTimes] | None
    """Where its runs are noted; None if its request is not traced."""


class Batcher:
    """Runs the networks of all versions; an async context manager, inside which work is run."""

    def __init__(self, max_queued: int, metrics: Metrics) -> None:
        self._max_queued = max_queued
        self._metrics = metrics
        self._queued = 0
        self._quick: deque[_Work] = deque()
        self._slow: deque[_Work] = deque()
        self._slow_waits = asyncio.Event()
        self._pace = 1.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._runner: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._runner = asyncio.create_task(self._run_slow())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._runner is not None
        self._runner.cancel()
        await asyncio.gather(self._runner, return_exceptions=True)
        self._thread.shutdown()

    @staticmethod
    def is_quick(version: ServedVersion, series: list[Floats], horizon: int) -> bool:
        """Return whether forecasts of these series are run on the event loop."""
        return version.seconds(series, horizon) <= QUICK_SECONDS

    async def predict(
        self,
        version: ServedVersion,
        series: list[Floats],
        horizon: int,
        season_lengths: list[int] | None = None,
        dates: list[Dates | None] | None = None,
        beside: list[Floats] | None = None,
    ) -> Floats:
        """Run `Forecaster.predict` for n series: (n, at least horizon, outputs).

        Raises OverloadedError if too much work waits already. Work whose caller is cancelled before
        it runs is not run.
        """
        if not series:
            return np.empty((0, 0, version.forecaster.signature.outputs))
        if self._queued >= self._max_queued:
            raise OverloadedError(self._retry_after())
        loop = asyncio.get_running_loop()
        lengths = season_lengths or [0] * len(series)
        dates = dates or [None] * len(series)
        seconds = version.seconds(series, horizon)
        future = loop.create_future()
        record, begun = current_record(), perf_counter()
        work = _Work(
            *(version, series, horizon, lengths, dates, beside, seconds, future),
            *(begun, record.networks),
        )
        if seconds <= QUICK_SECONDS:
            if not self._quick:
                loop.call_soon(self._run_quick, 0)
            self._quick.append(work)
        else:
            self._slow.append(work)
            self._slow_waits.set()
        self._queued += 1
        try:
            return await work.done
        finally:
            self._queued -= 1
            if not self._queued:
                self._metrics.queued.set(0)
            record.network_seconds += perf_counter() - begun

    def _run_quick(self, counted: int) -> None:
        """Run what has arrived, once a turn of the loop has brought nothing new.

        `counted` is how much there was a turn before. What exceeds the time that a turn may take is
        left for the next turn.
        """
        if counted < len(self._quick) < _MOST_JOINED:
            asyncio.get_running_loop().call_soon(self._run_quick, len(self._quick))
            return
        for batch in _by_version(_take(self._quick, TURN_SECONDS)):
            started = perf_counter()
            outcomes = _run(batch)
            self._measure(batch, started, perf_counter())
            _settle(batch, outcomes)
        if self._quick:
            asyncio.get_running_loop().call_soon(self._run_quick, len(self._quick))

    async def _run_slow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._slow_waits.wait()
            self._slow_waits.clear()
            while waiting := _take(self._slow, JOINED_SECONDS):
                for joined in _by_version(waiting):
                    batch = [work for work in joined if not work.done.done()]
                    if not batch:
                        continue
                    started = perf_counter()
                    outcomes = await loop.run_in_executor(self._thread, _run, batch)
                    ended = perf_counter()
                    elapsed = ended - started
                    self._measure(batch, started, ended)
                    expected = sum(seconds for _, seconds in _with_seconds(batch))
                    self._pace += 0.2 * (elapsed / expected - self._pace)
                    _settle(batch, outcomes)

    def _measure(self, batch: list[_Work], started: float, ended: float) -> None:
        series = sum(len(work.series) for work in batch)
        self._metrics.queued.set(self._queued)
        self._metrics.network_seconds.observe(ended - started)
        self._metrics.batch_series.observe(series)
        for work in batch:
            if work.networks is not None:
                work.networks.append(NetworkTimes(work.queued, started, ended, series))

    def _retry_after(self) -> int:
        """Estimate the seconds that all waiting work will take, by its cost and the latest pace."""
        waiting = sum(seconds for _, seconds in _with_seconds((*self._quick, *self._slow)))
        return max(1, math.ceil(waiting * self._pace))


def _with_seconds(waiting: Iterable[_Work]) -> Iterator[tuple[_Work, float]]:
    """Yield each piece of work with the seconds that it adds to those before it, once joined."""
    begun: set[ServedVersion] = set()
    for work in waiting:
        saved = work.version.cost.fixed if work.version in begun else 0.0
        begun.add(work.version)
        yield work, work.seconds - saved


def _take(queue: deque[_Work], seconds: float) -> list[_Work]:
    """Take at least one piece of work, and more while they fit into so many seconds.

    Cancelled work is dropped.
    """
    taken: list[_Work] = []
    for work, added in _with_seconds(_wanted(queue)):
        taken.append(work)
        seconds -= added
        if seconds <= 0:
            break
    return taken


def _wanted(queue: deque[_Work]) -> Iterator[_Work]:
    """Take work out of the queue, one piece at a time, and drop what was cancelled."""
    while queue:
        work = queue.popleft()
        if not work.done.done():
            yield work


def _by_version(waiting: Iterable[_Work]) -> list[list[_Work]]:
    """Group work by version, in the order of arrival."""
    batches: dict[ServedVersion, list[_Work]] = {}
    for work in waiting:
        batches.setdefault(work.version, []).append(work)
    return list(batches.values())


def _run(batch: list[_Work]) -> list[Floats | Exception]:
    """Run a batch at once; if that fails, run each piece alone, so that only its culprits fail."""
    forecaster = batch[0].version.forecaster
    series = [values for work in batch for values in work.series]
    season_lengths = [length for work in batch for length in work.season_lengths]
    dates = [item for work in batch for item in work.dates]
    beside = [rows for work in batch for rows in work.beside or ()] or None
    try:
        horizons = np.array([work.horizon for work in batch for _ in work.series])
        predicted = forecaster.predict(series, horizons, season_lengths, dates, beside)
    except Exception as error:  # noqa: BLE001  it is handed to the request that caused it
        if len(batch) == 1:
            return [error]
        return [outcome for work in batch for outcome in _run([work])]
    ends = accumulate(len(work.series) for work in batch)
    return [predicted[end - len(work.series) : end] for work, end in zip(batch, ends, strict=True)]


def _settle(batch: list[_Work], outcomes: list[Floats | Exception]) -> None:
    for work, outcome in zip(batch, outcomes, strict=True):
        if work.done.done():
            continue
        if isinstance(outcome, Exception):
            work.done.set_exception(outcome)
        else:
            work.done.set_result(outcome)
