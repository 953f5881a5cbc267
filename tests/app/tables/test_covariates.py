"""Tables with columns of covariates are answered as the same series in JSON."""

from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from tests.app.requests.test_bad_input import problem
from tests.app.tables.test_tables import CSV, PARQUET, as_csv, as_parquet, send
from tests.support.workbooks import write_workbook

DAYS, AHEAD = 60, 3
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS: dict[str, Any] = {
    "model": "zero-shot",
    "horizon": AHEAD,
    "covariates": "visits,promo,weather",
    "static_cols": "region",
    "target_col": "sales",
}
START = np.datetime64("2024-01-01")


def columns(seed: int = 0) -> dict[str, list[Any]]:
    """The columns of one series, whose sales follow its promotions and the weather."""
    rng = np.random.default_rng(seed)
    promo = (rng.random(DAYS + AHEAD) < 0.3).tolist()
    promo[-AHEAD:] = [True, False, True]
    weather = rng.choice(["sun", "rain"], DAYS + AHEAD).tolist()
    noise = rng.normal(0, 1, DAYS)
    sales = [
        50 + 20.0 * promo[day] + 8 * (weather[day] == "sun") + noise[day] for day in range(DAYS)
    ]
    visits: list[float | None] = rng.normal(100, 10, DAYS).round(2).tolist()
    visits[7] = None
    return {
        "date": [str(START + day) for day in range(DAYS + AHEAD)],
        "sales": [*np.round(sales, 2).tolist(), *[None] * AHEAD],
        "promo": promo,
        "weather": weather,
        "visits": [*visits, *[None] * AHEAD],
        "region": ["north"] * (DAYS + AHEAD),
    }


def frame(**changes: Any) -> pd.DataFrame:
    return pd.DataFrame(columns() | changes)


def in_json(seed: int = 0, id: str | None = None, ahead: int = AHEAD) -> dict[str, Any]:
    """The same series as an object, with covariates that are known for some steps ahead."""
    given = columns(seed)
    return {
        "id": id,
        "values": given["sales"][:DAYS],
        "start": given["date"][0],
        "frequency": "D",
        "future_covariates": {name: given[name][: DAYS + ahead] for name in ("promo", "weather")},
        "past_covariates": {"visits": given["visits"][:DAYS]},
        "static": {"region": "north"},
    }


def expected(client: httpx.Client, *series: dict[str, Any], horizon: int = AHEAD) -> list[Any]:
    """The forecasts of series in JSON."""
    body = {"series": series or [in_json()], "model": "zero-shot", "horizon": horizon}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["forecasts"]
    return found


def as_excel(table: pd.DataFrame) -> bytes:
    rows = table.astype(object).where(table.notna(), None).values.tolist()
    return write_workbook({"Sales": [list(table.columns), *rows]})


def as_records(table: pd.DataFrame) -> bytes:
    return table.to_json(orient="records").encode()


@pytest.mark.parametrize(
    ("write", "media_type"),
    [
        (as_csv, CSV),
        (as_parquet, PARQUET),
        (as_excel, EXCEL),
        (as_records, "application/json"),
    ],
)
def test_columns_of_a_table_are_the_covariates_of_its_series(
    client: httpx.Client, write: Any, media_type: str
) -> None:
    answer = send(client, write(frame()), media_type, **OPTIONS)
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"] == expected(client)


def test_rows_in_any_order_keep_their_covariates(client: httpx.Client) -> None:
    newest_first = send(client, as_csv(frame()[::-1]), CSV, **OPTIONS).json()
    shuffled = frame().sample(frac=1, random_state=1)
    repaired = send(client, as_csv(shuffled), CSV, repair="true", **OPTIONS).json()
    (wanted,) = expected(client)
    for answer, code in ((newest_first, "rows_reversed"), (repaired, "timestamps_sorted")):
        (found,) = answer["forecasts"]
        assert found["notes"][0]["code"] == code
        assert found | {"notes": found["notes"][1:]} == wanted


def test_a_table_without_dates_has_covariates_in_the_order_of_its_rows(
    client: httpx.Client,
) -> None:
    undated = frame().drop(columns="date")
    answer = send(client, as_csv(undated), CSV, season_length=7, **OPTIONS)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["forecasts"]
    assert found["steps"] == [DAYS, DAYS + 1, DAYS + 2]
    assert found["point"][0] > found["point"][1] + 5


def test_each_series_of_a_panel_has_covariates_of_its_own(client: httpx.Client) -> None:
    both = pd.concat([frame().assign(shop="a"), pd.DataFrame(columns(1)).assign(shop="b")])
    answer = send(client, as_csv(both), CSV, id_col="shop", **OPTIONS)
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"] == expected(client, in_json(0, "a"), in_json(1, "b"))


def test_a_series_without_rows_ahead_is_refused_alone(client: httpx.Client) -> None:
    short = pd.DataFrame(columns(1))[:DAYS].assign(shop="b")
    both = pd.concat([frame().assign(shop="a"), short])
    options = OPTIONS | {"id_col": "shop"}
    document = problem(send(client, as_csv(both), CSV, **options))
    assert (document["status"], document["code"]) == (422, "covariate_length")
    assert document["errors"][0]["pointer"] == "#/covariates"
    assert "series 'b'" in document["detail"]
    answer = send(client, as_csv(both), CSV, on_error="partial", **options)
    good, bad = answer.json()["forecasts"]
    assert [good] == expected(client, in_json(0, "a"))
    assert (bad["id"], bad["error"]["code"]) == ("b", "covariate_length")


def test_too_few_rows_ahead_are_refused_and_more_are_left_out(client: httpx.Client) -> None:
    content = as_csv(frame())
    few = problem(send(client, content, CSV, **OPTIONS | {"horizon": 4}))
    assert few["code"] == "covariate_length"
    assert "3 steps" in few["detail"]
    assert "4" in few["detail"]
    (found,) = send(client, content, CSV, **OPTIONS | {"horizon": 2}).json()["forecasts"]
    (wanted,) = expected(client, in_json(ahead=2), horizon=2)
    assert found["point"] == wanted["point"]
    assert {"covariates_beyond_horizon": 1}.items() <= {
        note["code"]: note["count"] for note in found["notes"]
    }.items()


def test_rows_at_the_end_are_missing_values_if_nothing_is_known_of_them(
    client: httpx.Client,
) -> None:
    options = OPTIONS | {"covariates": "visits", "horizon": 2}
    (found,) = send(client, as_csv(frame()), CSV, **options).json()["forecasts"]
    assert found["timestamps"][0].startswith(str(START + DAYS + AHEAD))
    assert "missing_values_filled" in [note["code"] for note in found["notes"]]


def test_a_table_that_ends_with_the_values_says_what_is_known_ahead(client: httpx.Client) -> None:
    content, options = as_csv(frame()[:DAYS]), OPTIONS | {"known_ahead": "promo,weather"}
    headers = {"content-type": CSV}
    answer = client.post("/backtest", content=content, params=options, headers=headers)
    assert answer.status_code == 200, answer.text
    body = {"series": in_json(ahead=0), "model": "zero-shot", "horizon": AHEAD}
    assert answer.json()["series"] == client.post("/backtest", json=body).json()["series"]
    document = problem(send(client, content, CSV, **options))
    assert document["code"] == "covariate_length"


@pytest.mark.parametrize(
    ("changes", "options", "code", "pointer"),
    [
        ({}, {"covariates": "promo,price"}, "column_unknown", "#/covariates"),
        ({}, {"static_cols": "size"}, "column_unknown", "#/static_cols"),
        ({}, {"covariates": "sales"}, "columns_unclear", "#/covariates"),
        ({}, {"known_ahead": "promo,region"}, "columns_unclear", "#/known_ahead"),
        ({}, {"static_cols": "promo", "covariates": "promo"}, "columns_unclear", "#/static_cols"),
        ({}, {"static_cols": "weather", "covariates": "promo"}, "covariate_value_invalid", None),
        ({"weather": [str(START)] * 63}, {}, "column_type", "#/file/weather"),
        (
            {"weather": ["sun"] * 61 + ["snow", "sun"]},
            {},
            "covariate_category_new",
            "#/file/weather",
        ),
        ({"visits": [None] * 63}, {}, "covariate_all_missing", "#/file/visits"),
        ({}, {"layout": "wide", "target_col": ""}, "columns_unclear", "#/covariates"),
        ({"a=b": [1] * 63}, {"covariates": "a=b"}, "covariate_name_invalid", "#/file/a=b"),
    ],
)
def test_columns_that_will_not_do_are_refused_where_they_are(
    client: httpx.Client,
    changes: dict[str, Any],
    options: dict[str, str],
    code: str,
    pointer: str | None,
) -> None:
    document = problem(send(client, as_csv(frame(**changes)), CSV, **OPTIONS | options))
    assert (document["status"], document["code"]) == (422, code), document
    assert document["errors"][0]["pointer"] == (pointer or "#/file/weather")


def test_a_usual_column_is_not_read_as_a_covariate_in_its_place(client: httpx.Client) -> None:
    content = as_csv(frame().rename(columns={"sales": "y", "date": "ds"}))
    options = OPTIONS | {"target_col": "", "static_cols": ""}
    for name in ("y", "ds"):
        document = problem(send(client, content, CSV, **options | {"covariates": name}))
        assert document["code"] == "columns_unclear"
        assert document["errors"][0]["pointer"] == "#/covariates"


def test_days_of_the_calendar_are_named_in_the_address(client: httpx.Client) -> None:
    options: dict[str, Any] = {"model": "zero-shot", "horizon": AHEAD, "target_col": "sales"}
    content = as_csv(frame()[:DAYS])
    named = send(client, content, CSV, calendar="holidays:DE,month_end", **options)
    assert named.status_code == 200, named.text
    assert named.json()["forecasts"] != send(client, content, CSV, **options).json()["forecasts"]
    document = problem(send(client, content, CSV, calendar="holidays:DE,monthend", **options))
    assert document["errors"][0]["pointer"] == "#/calendar/1"
