"""Jobs are followed, cancelled, and lead to results; models are promoted and rolled back."""

from __future__ import annotations

import asyncio

import pandas as pd
import pytest

from forecast_client import (
    AsyncForecastClient,
    ForecastClient,
    JobError,
    NotFoundError,
    ProblemError,
)
from forecast_client.results.progress import ProgressBar
from tests.support.service import Service


def test_a_backtest_as_a_job(
    forecasting: ForecastClient, passengers_frame: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    at_once = forecasting.backtest(passengers_frame, horizon=3, windows=2)
    assert at_once.frame["cutoff"].nunique() == 2
    assert set(at_once.frame.columns) >= {"unique_id", "ds", "y", "model", "theta", "lower-80"}
    assert at_once.overall["model"]["mase"] > 0
    with ForecastClient(forecasting.url) as shown:
        as_job = shown.backtest(passengers_frame, horizon=3, windows=2, job=True)
    assert as_job.overall == at_once.overall
    pd.testing.assert_frame_equal(as_job.frame, at_once.frame)
    assert "2/2 window" in capsys.readouterr().err
    job = forecasting.jobs()[0]
    assert forecasting.job(job).ended
    assert [event.kind for event in forecasting.follow(job)][-1] == "end"
    assert forecasting.result(job.id).overall == at_once.overall


def test_ctrl_c_cancels_the_job(
    forecasting: ForecastClient, airline: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    job = forecasting.train(airline, "of-the-client", horizon=2)
    with monkeypatch.context() as patched:
        patched.setattr(ProgressBar, "update", interrupt)
        with pytest.raises(KeyboardInterrupt):
            forecasting.wait(job)
    with pytest.raises(JobError, match="was cancelled"):
        forecasting.wait(job)


def test_a_task_that_is_cancelled_cancels_the_job(
    shipped_service: Service, airline: list[float]
) -> None:
    async def train_and_stop() -> str:
        async with AsyncForecastClient(shipped_service.url, progress=False) as client:
            job = await client.train(airline, "of-the-client", horizon=2)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.wait(job), 0.2)
            with pytest.raises(JobError) as ended:
                await client.wait(job)
            return ended.value.state

    assert asyncio.run(train_and_stop()) == "cancelled"


def test_the_same_key_makes_one_job(forecasting: ForecastClient, airline: list[float]) -> None:
    first = forecasting.train(airline, "of-the-client", idempotency_key="once")
    second = forecasting.train(airline, "of-the-client", idempotency_key="once")
    assert first.id == second.id
    forecasting.cancel(first)


def test_models(forecasting: ForecastClient) -> None:
    zero_shot = next(model for model in forecasting.models() if model.model == "zero-shot")
    newest = zero_shot.versions[-1]
    assert zero_shot.default
    assert forecasting.version("zero-shot", newest)["version"] == newest
    moved = forecasting.promote("zero-shot", 1, reason="to try it")
    assert (moved.version, moved.history[0]["reason"]) == (1, "to try it")
    assert forecasting.rollback("zero-shot").version == newest
    with pytest.raises(ProblemError) as refused:
        forecasting.delete("zero-shot", newest)
    assert refused.value.code == "version_in_use"
    with pytest.raises(ProblemError) as missing:
        forecasting.delete("zero-shot", 99, even_if_served=True)
    assert missing.value.code == "version_not_found"
    with pytest.raises(NotFoundError):
        forecasting.version("zero-shot", 99)
    assert forecasting.health()["status"] == "ok"
