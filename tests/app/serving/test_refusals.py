"""How long a version stays refused; the clock is the test's own."""

import pytest

from app.serving.refusals import Refusals, Step
from forecasting.errors import BrokenVersionError, VersionUnavailableError

KEY = ("m", 3)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refusals(clock: Clock) -> Refusals:
    return Refusals(clock)


def test_the_pause_doubles_with_every_failure_up_to_a_minute(
    refusals: Refusals, clock: Clock
) -> None:
    pauses = []
    for _ in range(9):
        refusals.add(KEY, VersionUnavailableError("no memory."), Step.LOAD)
        error = refusals.error(KEY)
        assert isinstance(error, VersionUnavailableError)
        pauses.append(error.retry_after)
        assert refusals.due(Step.LOAD) == []
        clock.now += error.retry_after
        assert refusals.error(KEY) is None
        assert (refusals.due(Step.LOAD), refusals.due(Step.CHECK)) == ([KEY], [])
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_after_a_success_the_pauses_begin_anew(refusals: Refusals) -> None:
    for _ in range(5):
        refusals.add(KEY, VersionUnavailableError("no memory."), Step.LOAD)
    refusals.discard(KEY)
    assert refusals.problems == []
    refusals.add(KEY, VersionUnavailableError("no memory."), Step.LOAD)
    error = refusals.error(KEY)
    assert isinstance(error, VersionUnavailableError)
    assert error.retry_after == 1


def test_a_damaged_version_is_never_due(refusals: Refusals, clock: Clock) -> None:
    refusals.add(KEY, BrokenVersionError("model.keras is missing."), Step.CHECK)
    clock.now += 1e9
    assert refusals.due(Step.CHECK) == []
    error = refusals.error(KEY)
    assert type(error) is BrokenVersionError
    assert "version 3 of model 'm' is refused: model.keras is missing." in error.message
    (problem,) = refusals.problems
    assert (problem.model, problem.version) == KEY
    refusals.keep_only([])
    assert refusals.error(KEY) is None
