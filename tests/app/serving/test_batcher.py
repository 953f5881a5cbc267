"""Joining, bounding and dropping work; the networks are small, their runs counted."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from app.errors import OverloadedError
from app.observation.metrics import Metrics
from app.serving.batcher import Batcher
from app.serving.served_version import CostModel, ServedVersion, measure_cost
from forecasting.errors import NetworkOutputError
from forecasting.networks.scalers import WindowScaler
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecaster
from forecasting.store.manifest import Manifest
from forecasting.types import Floats, NetworkFloats

SIGNATURE = Signature(
    context_length=4, horizon=2, inputs=("value",), quantiles=None, shortest_context=2
)
QUICK, SLOW = CostModel(0, 1e-6), CostModel(0, 1.0)


class Counting:
    """Predicts the last input again, and says how many windows each run had. `gate` holds a run."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        self.gate.wait(60)
        self.runs.append(len(inputs))
        return np.repeat(inputs[:, -1, :1], 2, axis=1)


class FailsOnLargeBatches(Counting):
    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        outputs = super().run(inputs)
        return outputs if len(inputs) == 1 else np.full_like(outputs, np.nan)


def served(runtime: Counting, cost: CostModel) -> ServedVersion:
    manifest = Manifest(
        model="m",
        version=1,
        created_at=datetime.now(UTC),
        files={},
        signature=SIGNATURE,
        recipe=None,
        seed=None,
        data=None,
        evaluation=None,
        libraries={},
    )
    return ServedVersion(manifest, Forecaster(SIGNATURE, WindowScaler(), runtime), cost)


def series(last: float, length: int = 3) -> list[Floats]:
    return [np.linspace(0, last, length)]


def inside(work: Any, max_queued: int = 100) -> None:
    async def scene() -> None:
        async with Batcher(max_queued, Metrics()) as batcher:
            await work(batcher)

    asyncio.run(scene())


def test_what_arrives_in_one_turn_is_one_run() -> None:
    runtime = Counting()
    version = served(runtime, QUICK)

    async def scene(batcher: Batcher) -> None:
        asked = [batcher.predict(version, series(n + 1.0, n + 2), 2) for n in range(10)]
        answers = await asyncio.gather(*asked)
        assert runtime.runs == [10]
        for n, answer in enumerate(answers):
            np.testing.assert_allclose(answer, [[[n + 1.0], [n + 1.0]]], rtol=1e-5)

    inside(scene)


def test_the_fixed_cost_of_a_run_is_counted_once_for_all_that_is_joined() -> None:
    runtime = Counting()
    version = served(runtime, CostModel(fixed=0.0019, per_series=1e-5))

    async def scene(batcher: Batcher) -> None:
        await asyncio.gather(*(batcher.predict(version, series(n), 2) for n in range(1, 17)))
        assert runtime.runs == [16]

    inside(scene)


def test_what_would_hold_the_event_loop_for_long_is_run_in_parts() -> None:
    runtime = Counting()
    version = served(runtime, CostModel(fixed=0.001, per_series=0.001))

    async def scene(batcher: Batcher) -> None:
        await asyncio.gather(*(batcher.predict(version, series(n), 2) for n in range(1, 9)))
        assert runtime.runs == [4, 4]

    inside(scene)


def test_a_series_that_is_long_enough_for_costly_seasons_does_not_hold_the_event_loop() -> None:
    runtime = Counting()
    version = served(runtime, CostModel(0, 1e-6, per_value=1e-6))
    runtime.gate.clear()

    async def scene(batcher: Batcher) -> None:
        long = asyncio.create_task(batcher.predict(version, series(1, 6_000), 2))
        await asyncio.sleep(0.05)
        assert not long.done()
        runtime.gate.set()
        await long

    inside(scene)


def test_early_values_cost_something_where_seasons_are_taken_out_only() -> None:
    plain = served(Counting(), QUICK).forecaster
    seasonal = replace(
        plain,
        signature=SIGNATURE.model_copy(
            update={"inputs": ("value", "observed", "season"), "history_length": 64}
        ),
    )
    assert measure_cost(plain).per_value == 0
    assert measure_cost(seasonal).per_value > 0


def test_what_arrives_while_a_run_goes_on_is_joined_into_the_next() -> None:
    runtime = Counting()
    version = served(runtime, CostModel(0, 0.01))
    runtime.gate.clear()

    async def scene(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.predict(version, series(1), 2))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(batcher.predict(version, series(n), 2)) for n in range(2, 7)]
        await asyncio.sleep(0)
        runtime.gate.set()
        await asyncio.gather(first, *rest)
        assert runtime.runs == [1, 5]

    inside(scene)


@pytest.mark.parametrize("cost", [QUICK, SLOW])
def test_mixed_lengths_and_horizons_are_each_as_if_alone(cost: CostModel) -> None:
    version = served(Counting(), cost)

    async def scene(batcher: Batcher) -> None:
        wanted = [(series(n + 1.0, 2 + n % 5), 1 + 3 * n % 11) for n in range(20)]
        together = await asyncio.gather(*(batcher.predict(version, *request) for request in wanted))
        for (values, horizon), answer in zip(wanted, together, strict=True):
            alone = version.forecaster.predict(values, np.array([horizon]))
            np.testing.assert_allclose(answer[:, :horizon], alone[:, :horizon], rtol=1e-5)

    inside(scene)


def test_past_the_bound_work_is_refused_with_the_time_to_come_back() -> None:
    runtime = Counting()
    version = served(runtime, SLOW)
    runtime.gate.clear()

    async def scene(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.predict(version, series(1), 2))
        second = asyncio.create_task(batcher.predict(version, series(2) * 7, 2))
        await asyncio.sleep(0.05)
        with pytest.raises(OverloadedError) as refused:
            await batcher.predict(version, series(3), 2)
        assert int(refused.value.headers["Retry-After"]) >= 7
        runtime.gate.set()
        await asyncio.gather(first, second)
        await batcher.predict(version, series(3), 2)

    inside(scene, max_queued=2)


def test_work_given_up_before_its_run_is_not_run() -> None:
    runtime = Counting()
    version = served(runtime, SLOW)
    runtime.gate.clear()

    async def scene(batcher: Batcher) -> None:
        first = asyncio.create_task(batcher.predict(version, series(1), 2))
        await asyncio.sleep(0.05)
        given_up = asyncio.create_task(batcher.predict(version, series(2), 2))
        last = asyncio.create_task(batcher.predict(version, series(3), 2))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        runtime.gate.set()
        await asyncio.gather(first, last)
        assert runtime.runs == [1, 1]

    inside(scene)


@pytest.mark.parametrize("cost", [QUICK, CostModel(0, 0.01)])
def test_a_run_that_fails_is_done_again_one_by_one(cost: CostModel) -> None:
    version = served(FailsOnLargeBatches(), cost)

    async def scene(batcher: Batcher) -> None:
        together = [batcher.predict(version, series(n), 2) for n in (1.0, 2.0, 3.0)]
        guilty = batcher.predict(version, series(4) * 2, 2)
        *fine, failed = await asyncio.gather(*together, guilty, return_exceptions=True)
        assert isinstance(failed, NetworkOutputError)
        assert not any(isinstance(answer, BaseException) for answer in fine)

    inside(scene)


def test_quick_work_does_not_wait_for_slow() -> None:
    held, free = Counting(), Counting()
    held.gate.clear()

    async def scene(batcher: Batcher) -> None:
        slow = asyncio.create_task(batcher.predict(served(held, SLOW), series(1), 2))
        await asyncio.sleep(0.05)
        await batcher.predict(served(free, QUICK), series(2), 2)
        assert not slow.done()
        held.gate.set()
        await slow

    inside(scene)
