"""Training with covariates over HTTP: what is asked of them, that jobs get them, and that the
version they make asks for them and goes by them."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from app.settings.settings import Settings
from forecasting.jobs.job_folder import JobFolder
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from tests.support.service import Service
from tests.support.service_thread import service_thread
from tests.support.training_jobs import (
    RECIPE,
    assert_problem,
    post_training,
    train,
    wait_for_end,
)

DAYS, AHEAD = 84, 4
START = np.datetime64("2024-01-01")
CALENDAR = ["weekend", "holidays:DE"]
LEARNING = {
    "units": [8],
    "horizon": AHEAD,
    "season_length": 7,
    "context_length": 7,
    "epochs": 15,
    "patience": 15,
    "learning_rate": 0.02,
}
OPTIONS: dict[str, Any] = {"model": "shop", "horizon": AHEAD}


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
        ({"past_covariates": None}, "covariates_differ", "#/series/1/past_covariates"),
        ({"static": {"region": 3}}, "covariates_differ", "#/series/1/static/region"),
        ({"static": None}, "covariates_differ", "#/series/1/static"),
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


@pytest.fixture(scope="module")
def shop(training_service: Service) -> str:
    """Train the model `shop` on both shops, and return the path of the version."""
    with training_service.client() as client:
        shops = [shop_object(0), shop_object(1)]
        job = train(client, model="shop", series=shops, calendar=CALENDAR, recipe=LEARNING)
        ended = wait_for_end(client, job)
    assert ended.state == "succeeded", ended
    return "/models/shop/versions/1"


def point(client: httpx.Client, series: dict[str, Any], **options: Any) -> np.ndarray:
    answer = client.post("/predict", json={"series": series, **OPTIONS, **options})
    assert answer.status_code == 200, answer.text
    return np.array(answer.json()["forecasts"][0]["point"])


def test_a_version_lists_what_it_wants(client: httpx.Client, shop: str) -> None:
    listed = client.get(shop).json()["signature"]["covariates"]
    assert [tuple(item.values()) for item in listed] == [
        ("visits", "past", "number", []),
        ("promo", "future", "boolean", []),
        ("weather", "future", "category", ["rain", "sun"]),
        ("weekend", "future", "calendar", []),
        ("holidays:DE", "future", "calendar", []),
        ("region", "static", "category", ["north", "south"]),
    ]


def test_forecasts_follow_what_is_known_ahead(client: httpx.Client, shop: str) -> None:
    quiet, busy = (
        point(
            client,
            shop_object(0)
            | {
                "future_covariates": {
                    "promo": [*columns(0)["promo"][:DAYS], *[promo] * AHEAD],
                    "weather": columns(0)["weather"],
                }
            },
        )
        for promo in (False, True)
    )
    assert (busy - quiet > 5).all()  # 20 is what the series are made with
    asked = point(client, shop_object(0, ahead=AHEAD), calendar=CALENDAR)
    assert point(client, shop_object(0, ahead=AHEAD)) == pytest.approx(asked)


def test_a_table_brings_what_the_version_wants(client: httpx.Client, shop: str) -> None:
    fields = OPTIONS | {
        "time_col": "date",
        "target_col": "sales",
        "covariates": "promo,weather,visits",
        "static_cols": "region",
        "id_col": "shop",
    }
    files = {"file": ("sales.csv", pd.DataFrame(columns(0)).to_csv(index=False))}
    answer = client.post("/predict", files=files, data=fields)
    assert answer.status_code == 200, answer.text
    (forecast,) = answer.json()["forecasts"]
    wanted = point(client, shop_object(0, ahead=AHEAD))
    assert forecast["point"] == pytest.approx(wanted.tolist())


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"past_covariates": None}, "covariate_missing", "/past_covariates"),
        ({"static": None}, "covariate_missing", "/static"),
        ({"static": {"region": "east"}}, "covariate_category_new", "/static/region"),
        ({"static": {"region": "north", "size": 2}}, "covariate_unknown", "/static/size"),
        (
            {"past_covariates": {"visits": ["many"] * DAYS}},
            "covariate_type",
            "/past_covariates/visits",
        ),
        ({"start": None, "frequency": None}, "dates_needed", ""),
        (
            {"future_covariates": {"promo": [0] * 88, "weather": ["snow", *["sun"] * 87]}},
            "covariate_category_new",
            "/future_covariates/weather/0",
        ),
    ],
)
def test_series_that_do_not_bring_it_are_refused_where_it_is(
    client: httpx.Client, shop: str, changes: dict[str, Any], code: str, pointer: str
) -> None:
    given = shop_object(0, ahead=AHEAD) | changes
    bad = {name: value for name, value in given.items() if value is not None}
    for path in ("/predict", "/backtest"):
        answer = client.post(path, json={"series": bad, **OPTIONS})
        assert_problem(answer, 422, code)
        assert answer.json()["errors"][0]["pointer"] == f"#/series{pointer}"
    good = shop_object(1, ahead=AHEAD)
    body = {"series": [bad, good], "on_error": "partial", **OPTIONS}
    first, second = client.post("/predict", json=body).json()["forecasts"]
    assert first["error"]["code"] == code
    assert len(second["point"]) == AHEAD


def test_what_lies_ahead_matters_to_forecasts_of_it_alone(client: httpx.Client, shop: str) -> None:
    future = {"promo": [0] * 88, "weather": [*["sun"] * 87, "snow"]}
    body = {"series": shop_object(0) | {"future_covariates": future}, **OPTIONS}
    answer = client.post("/predict", json=body)
    assert_problem(answer, 422, "covariate_category_new")
    pointer = "#/series/future_covariates/weather/87"
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert client.post("/backtest", json=body).status_code == 200


def first_window(client: httpx.Client, series: dict[str, Any]) -> np.ndarray:
    """Return the model's forecast of the first of three windows, and the band of its first step."""
    body = {"series": series, **OPTIONS, "windows": 3}
    answer = client.post("/backtest", json=body)
    assert answer.status_code == 200, answer.text
    window = answer.json()["series"][0]["windows"][0]["forecasts"]["model"]["point"]
    cutoff = DAYS - 3 * AHEAD
    search = {"series": series, "model": "shop", "warm_up": cutoff}
    found = client.post("/anomalies", json=search).json()["series"][0]
    return np.array([*window, found["expected"][0]])


def test_no_forecast_of_the_past_sees_more_than_was_known(client: httpx.Client, shop: str) -> None:
    cutoff = DAYS - 3 * AHEAD
    given = first_window(client, shop_object(0))
    later = shop_object(0)
    later["past_covariates"]["visits"][cutoff:] = [999.0] * (DAYS - cutoff)
    later["future_covariates"]["promo"][cutoff + AHEAD :] = [True] * (DAYS - cutoff - AHEAD)
    assert first_window(client, later) == pytest.approx(given, rel=1e-5)
    earlier, ahead = shop_object(0), shop_object(0)
    earlier["past_covariates"]["visits"][cutoff - 3 : cutoff] = [999.0] * 3
    ahead["future_covariates"]["promo"][cutoff] ^= True
    for changed in (earlier, ahead):
        assert abs(first_window(client, changed) - given).max() > 0.01


def test_a_leak_that_is_planted_is_found(
    shop: str, training_service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Settings(model_store=str(training_service.store), jobs_dir=tmp_path, default_model="tiny")
    later = shop_object(0)
    cutoff = DAYS - 3 * AHEAD
    later["past_covariates"]["visits"][cutoff:] = [999.0] * (DAYS - cutoff)
    with service_thread(own) as inside:
        given = first_window(inside, shop_object(0))
        assert first_window(inside, later) == pytest.approx(given, rel=1e-5)
        monkeypatch.setattr(Covariates, "before", one_step_too_late)
        leaking = [first_window(inside, series) for series in (shop_object(0), later)]
        assert abs(leaking[1] - leaking[0]).max() > 0.01


def one_step_too_late(given: Covariates, cutoff: int, horizon: int) -> Covariates:
    """Know of each covariate what comes a step later."""
    past = given.past[1 : cutoff + 1]
    return replace(given, past=past, ahead=given.past[cutoff + 1 : cutoff + 1 + horizon])


def test_windows_are_forecast_by_versions_trained_with_covariates(
    client: httpx.Client, shop: str
) -> None:
    body = {"series": shop_object(0), **OPTIONS, "windows": 2, "refit": True}
    answer = client.post("/backtest", json=body)
    assert answer.status_code == 202, answer.text
    job = wait_for_end(client, answer.headers["location"])
    assert job.state == "succeeded", job
    result = client.get(f"{answer.headers['location']}/result").json()
    assert result["overall"]["model"]["mase"] < result["overall"]["seasonal_naive"]["mase"]


def test_a_base_without_covariates_cannot_go_on_with_them(client: httpx.Client) -> None:
    answer = post_training(client, series=shop_object(0), base="zero-shot")
    assert_problem(answer, 422, "base_without_covariates")


def test_a_version_is_trained_further_with_the_covariates_that_it_wants(
    client: httpx.Client, shop: str, jobs_folder: Path
) -> None:
    answer = post_training(client, series=shop_object(0), base="shop/1")
    (series,) = series_of_job(client, answer, jobs_folder)
    assert series.covariates is not None
    assert series.covariates.calendar == set(CALENDAR)
    other = shop_object(0) | {"static": {"region": "east"}}
    assert_problem(
        post_training(client, series=other, base="shop/1"), 422, "covariate_category_new"
    )
