"""Training with covariates over HTTP: what is asked of them, and that jobs get them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from forecasting.jobs.job_folder import JobFolder
from forecasting.series.series import Series
from tests.support.service import Service
from tests.support.training_jobs import RECIPE, assert_problem, post_training

DAYS, AHEAD = 84, 4
START = np.datetime64("2024-01-01")
CALENDAR = ["weekend", "holidays:DE"]


def columns(shop: int) -> dict[str, list[Any]]:
    """The columns of one shop, which sells more on days with a promotion and in the sun."""
    rng = np.random.default_rng(shop)
    promo = (rng.random(DAYS + AHEAD) < 0.3).tolist()
    weather = rng.choice(["sun", "rain"], DAYS + AHEAD).tolist()
    sales = [
        round(50 + 20.0 * promo[day] + 8 * (weather[day] == "sun") + rng.normal(), 2)
        for day in range(DAYS)
    ]
    return {
        "date": [str(START + day) for day in range(DAYS + AHEAD)],
        "sales": [*sales, *[None] * AHEAD],
        "promo": promo,
        "weather": weather,
        "visits": [*rng.normal(100, 10, DAYS).round(2).tolist(), *[None] * AHEAD],
        "region": [("north", "south")[shop]] * (DAYS + AHEAD),
        "shop": ["ab"[shop]] * (DAYS + AHEAD),
    }


def shop_object(shop: int, *, ahead: int = 0) -> dict[str, Any]:
    """The same shop as an object, with future covariates for some steps ahead."""
    given = columns(shop)
    return {
        "id": "ab"[shop],
        "values": given["sales"][:DAYS],
        "start": str(START),
        "frequency": "D",
        "future_covariates": {name: given[name][: DAYS + ahead] for name in ("promo", "weather")},
        "past_covariates": {"visits": given["visits"][:DAYS]},
        "static": {"region": given["region"][0]},
    }


@pytest.fixture(scope="module")
def jobs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def training_service(
    trained_store: Path, jobs_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with a store of its own, for models that the tests train."""
    store = shutil.copytree(trained_store, tmp_path_factory.mktemp("own") / "store")
    with Service(store, jobs_folder, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service:
        yield service


@pytest.fixture
def client(training_service: Service) -> Iterator[httpx.Client]:
    with training_service.client() as connected:
        yield connected


def series_of_job(client: httpx.Client, answer: httpx.Response, folder: Path) -> list[Series]:
    assert answer.status_code == 202, answer.text
    client.delete(answer.headers["location"])
    return JobFolder(folder / answer.json()["id"]).read_series()


def codes(answer: httpx.Response) -> dict[str, int]:
    return {note["code"]: note["count"] for note in answer.json()["notes"]}


def test_a_job_gets_the_covariates_of_its_series_however_they_came(
    client: httpx.Client, jobs_folder: Path
) -> None:
    series = [shop_object(0, ahead=AHEAD), shop_object(1)]
    in_json = post_training(client, series=series, calendar=CALENDAR)
    table = pd.concat([pd.DataFrame(columns(0)), pd.DataFrame(columns(1))[:DAYS]])
    fields = {
        "model": "mine",
        "recipe": json.dumps(RECIPE),
        "id_col": "shop",
        "time_col": "date",
        "target_col": "sales",
        "covariates": "promo,weather,visits",
        "static_cols": "region",
        "calendar": ",".join(CALENDAR),
    }
    files = {"file": ("sales.csv", table.to_csv(index=False))}
    as_table = client.post("/train", files=files, data=fields)
    for answer in (in_json, as_table):
        for shop, item in enumerate(series_of_job(client, answer, jobs_folder)):
            assert item.static == {"region": ("north", "south")[shop]}
            assert item.covariates is not None
            known = dict(
                zip(item.covariates.names, item.covariates.known_ahead.tolist(), strict=True)
            )
            assert known == {
                "promo": True,
                "weather=rain": True,
                "weather=sun": True,
                "visits": False,
                "weekend": True,
                "holidays:DE": True,
            }
            assert item.covariates.calendar == set(CALENDAR)
            assert item.covariates.past.shape == (DAYS, 6)
            assert len(item.covariates.ahead) == 0
            weekend = item.covariates.past[:7, item.covariates.names.index("weekend")]
            assert weekend.tolist() == [0, 0, 0, 0, 0, 1, 1]
        assert codes(answer) == {"covariates_beyond_horizon": AHEAD}


@pytest.mark.parametrize(
    ("second", "code", "pointer"),
    [
        ({"past_covariates": None}, "covariates_differ", "#/series/1"),
        ({"static": {"region": 3}}, "covariates_differ", "#/series/1"),
        ({"static": None}, "covariates_differ", "#/series/1"),
        (
            {"past_covariates": {"visits": [1.0] * (DAYS + 1)}},
            "covariate_length",
            "#/series/1/past_covariates/visits",
        ),
        ({"start": None, "frequency": None}, "calendar_without_dates", "#/calendar"),
    ],
)
def test_series_whose_covariates_do_not_go_together_are_refused(
    client: httpx.Client, second: dict[str, Any], code: str, pointer: str
) -> None:
    given = {name: value for name, value in (shop_object(1) | second).items() if value is not None}
    answer = post_training(client, series=[shop_object(0), given], calendar=CALENDAR)
    assert_problem(answer, 422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_days_of_the_calendar_that_are_not_known_are_refused(client: httpx.Client) -> None:
    answer = post_training(client, series=shop_object(0), calendar=["weekend", "holidays:XX"])
    assert_problem(answer, 422, "calendar_unknown")
    assert answer.json()["errors"][0]["pointer"] == "#/calendar/1"
