"""Batching while busy: what waits for the same version is joined into its next run.

There are two lanes, each a queue and a runner. Quick work runs on the event loop itself, where a
hand-over to a thread would cost more than the network does: whatever arrived in one turn of the
loop is run together at the end of it. The rest runs in one thread: whatever arrived while it was
busy is run together when it is free. There is no timer, and no wait where nothing else is going on.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np

from app.errors import OverloadedError
from app.serving.registry import ServedVersion
from forecasting.types import Floats

QUICK_SECONDS = 0.002
"""Work that should take longer than this is not run on the event loop."""
JOINED_SECONDS = 0.25
"""Slow work is joined into runs of about this length, so that the first need not wait for all."""


@dataclass(eq=False, slots=True)
class _Work:
    served: ServedVersion
    series: list[Floats]
    horizon: int
    season_lengths: list[int]
    seconds: float
    done: asyncio.Future[Floats]


class Batcher:
    """Use it as an async context manager: inside, work is run."""

    def __init__(self, max_queued: int) -> None:
        self._max_queued = max_queued
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
    def is_quick(served: ServedVersion, series: int, horizon: int) -> bool:
        """Whether such work is run on the event loop."""
        passes = served.forecaster.passes(horizon)
        return served.cost.seconds(series, passes) <= QUICK_SECONDS

    async def predict(
        self,
        served: ServedVersion,
        series: list[Floats],
        horizon: int,
        season_lengths: list[int] | None = None,
    ) -> Floats:
        """`Forecaster.predict` of n series: (n, at least horizon, outputs).

        Raises OverloadedError where too much waits already. Work whose caller is cancelled before
        it runs is not run.
        """
        if self._queued >= self._max_queued:
            raise OverloadedError(self._retry_after())
        seconds = served.cost.seconds(len(series), served.forecaster.passes(horizon))
        loop = asyncio.get_running_loop()
        seasons = season_lengths or [0] * len(series)
        work = _Work(served, series, horizon, seasons, seconds, loop.create_future())
        if seconds <= QUICK_SECONDS:
            if not self._quick:
                loop.call_soon(self._run_quick)
            self._quick.append(work)
        else:
            self._slow.append(work)
            self._slow_waits.set()
        self._queued += 1
        try:
            return await work.done
        finally:
            self._queued -= 1

    def _run_quick(self) -> None:
        """Run what arrived in this turn of the loop; past the time that a turn may take, go on in
        the next."""
        for batch in _joined(_take(self._quick, QUICK_SECONDS)):
            _settle(batch, _outcomes(batch))
        if self._quick:
            asyncio.get_running_loop().call_soon(self._run_quick)

    async def _run_slow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._slow_waits.wait()
            self._slow_waits.clear()
            while waiting := _take(self._slow, JOINED_SECONDS):
                for joined in _joined(waiting):
                    batch = [work for work in joined if not work.done.done()]
                    if not batch:
                        continue
                    started = loop.time()
                    outcomes = await loop.run_in_executor(self._thread, _outcomes, batch)
                    took = loop.time() - started
                    expected = sum(work.seconds for work in batch)
                    self._pace += 0.2 * (took / expected - self._pace)
                    _settle(batch, outcomes)

    def _retry_after(self) -> int:
        """Seconds until what waits now is done, by the measured cost and the latest pace."""
        waiting = sum(work.seconds for work in (*self._quick, *self._slow))
        return max(1, math.ceil(waiting * self._pace))


def _take(queue: deque[_Work], seconds: float) -> list[_Work]:
    """At least one piece of work, and more while they fit into so many seconds; none cancelled."""
    taken: list[_Work] = []
    while queue and (not taken or seconds > 0):
        work = queue.popleft()
        if not work.done.done():
            taken.append(work)
            seconds -= work.seconds
    return taken


def _joined(waiting: Iterable[_Work]) -> list[list[_Work]]:
    """By version, in the order of arrival."""
    batches: dict[ServedVersion, list[_Work]] = {}
    for work in waiting:
        batches.setdefault(work.served, []).append(work)
    return list(batches.values())


def _outcomes(batch: list[_Work]) -> list[Floats | Exception]:
    """One run for all; where that fails, each alone, so that only those at fault fail."""
    forecaster = batch[0].served.forecaster
    series = [values for work in batch for values in work.series]
    seasons = [length for work in batch for length in work.season_lengths]
    sizes = [len(work.series) for work in batch]
    try:
        horizons = np.repeat([work.horizon for work in batch], sizes)
        predicted = forecaster.predict(series, horizons, seasons)
    except Exception as error:  # noqa: BLE001  it is handed to the request that caused it
        if len(batch) == 1:
            return [error]
        return [outcome for work in batch for outcome in _outcomes([work])]
    return list(np.split(predicted, np.cumsum(sizes)[:-1]))


def _settle(batch: list[_Work], outcomes: list[Floats | Exception]) -> None:
    for work, outcome in zip(batch, outcomes, strict=True):
        if work.done.done():
            continue
        if isinstance(outcome, Exception):
            work.done.set_exception(outcome)
        else:
            work.done.set_result(outcome)
