"""Several targets of one series: how they are asked for, answered and refused."""

import csv
import io
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from tests.app.requests.test_bad_input import problem
from tests.app.tables.test_tables import CSV

COUNT = 60
RNG = np.random.default_rng(5)
VISITS = (100 + 10 * np.sin(np.arange(COUNT) * 2 * np.pi / 7) + RNG.normal(0, 1, COUNT)).round(2)
SALES = (0.3 * VISITS + RNG.normal(0, 0.5, COUNT)).round(2)
TARGETS: dict[str, list[Any]] = {"sales": SALES.tolist(), "visits": VISITS.tolist()}
DATES = {"start": "2024-01-01", "frequency": "D"}
OPTIONS: dict[str, Any] = {"model": "zero-shot", "horizon": 3}


def post(client: httpx.Client, path: str = "/predict", **series: Any) -> httpx.Response:
    horizon = {} if path == "/anomalies" else {"horizon": 3}
    body = {"series": {**DATES, **series}, "model": "zero-shot", **horizon}
    return client.post(path, json=body)


def in_table(rows: int = COUNT) -> str:
    dates = [str(np.datetime64("2024-01-01") + day) for day in range(rows)]
    return pd.DataFrame({"date": dates, **TARGETS}).to_csv(index=False)


def send(client: httpx.Client, content: str, accept: str = "*/*", **options: Any) -> httpx.Response:
    headers = {"content-type": CSV, "accept": accept}
    params = OPTIONS | {"target_cols": "sales,visits"} | options
    return client.post("/predict", content=content, params=params, headers=headers)


def read_csv(answer: httpx.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text)))


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies"])
def test_a_model_without_targets_forecasts_each_by_itself_and_says_so(
    client: httpx.Client, path: str
) -> None:
    answer = post(client, path, id="shop", targets=TARGETS)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    found = document.get("forecasts", document.get("series"))
    assert [(item["id"], item["target"]) for item in found] == [
        ("shop", "sales"),
        ("shop", "visits"),
    ]
    for item, values in zip(found, TARGETS.values(), strict=True):
        (note,) = item.pop("notes")
        assert (note["code"], note["count"]) == ("targets_apart", 2)
        document = post(client, path, id="shop", values=values).json()
        (alone,) = document.get("forecasts", document.get("series"))
        assert item | {"notes": [], "target": None} == alone | {"target": None}


def test_a_model_without_targets_still_takes_the_covariates(client: httpx.Client) -> None:
    promo = {"promo": [day % 5 == 0 for day in range(COUNT + 3)]}
    both = post(client, targets=TARGETS, future_covariates=promo).json()["forecasts"]
    alone = post(client, values=TARGETS["visits"], future_covariates=promo).json()["forecasts"]
    assert both[1]["point"] == pytest.approx(alone[0]["point"], rel=1e-6)


def test_columns_of_a_table_are_targets(client: httpx.Client) -> None:
    wanted = post(client, targets=TARGETS).json()["forecasts"]
    answer = send(client, in_table())
    assert answer.status_code == 200, answer.text
    assert answer.json()["forecasts"] == wanted
    (note,) = answer.json()["notes"]
    assert "'sales' and 'visits' as the values" in note["message"]
    rows = read_csv(send(client, in_table(), accept=CSV))
    assert rows[0][:4] == ["unique_id", "target", "ds", "point"]
    assert [row[:3] for row in rows[1::3]] == [
        ["0", "sales", "2024-03-01"],
        ["0", "visits", "2024-03-01"],
    ]


def test_rows_ahead_begin_after_the_last_value_of_any_target(client: httpx.Client) -> None:
    lines = in_table().splitlines()
    lines[-1] = f"{lines[-1].split(',')[0]},,{VISITS[-1]}"
    ahead = [f"2024-03-0{day},," for day in (1, 2, 3)]
    table = "\n".join(
        f"{line},{promo}"
        for line, promo in zip([*lines, *ahead], ["promo", *[0, 1] * 31, 1], strict=True)
    )
    answer = send(client, table, covariates="promo")
    assert answer.status_code == 200, answer.text
    for forecast in answer.json()["forecasts"]:
        assert forecast["timestamps"][0] == "2024-03-01T00:00:00"


def test_a_target_that_fails_does_not_fail_the_others(client: httpx.Client) -> None:
    body = {
        "series": [{"id": "shop", "targets": TARGETS, "lower": 50}],
        "on_error": "partial",
        **OPTIONS,
    }
    bad, good = client.post("/predict", json=body).json()["forecasts"]
    assert (bad["id"], bad["target"], bad["error"]["code"]) == (
        "shop",
        "sales",
        "value_out_of_bounds",
    )
    assert (good["target"], len(good["point"])) == ("visits", 3)
    rows = read_csv(client.post("/predict", json=body, headers={"accept": CSV}))
    assert rows[0][-1] == "error"
    assert rows[1][:3] == ["shop", "sales", ""]


@pytest.mark.parametrize(
    ("gaps", "spoilt"), [("interpolate", [None] * COUNT), ("error", [None, *VISITS[1:].tolist()])]
)
def test_a_target_that_is_forecast_by_itself_needs_no_other(
    client: httpx.Client, gaps: str, spoilt: list[Any]
) -> None:
    series = {**DATES, "targets": {"sales": TARGETS["sales"], "visits": spoilt}}
    partial = {"on_error": "partial", "repair": {"gaps": gaps}}
    body = {"series": [series], **OPTIONS, **partial}
    good, bad = client.post("/predict", json=body).json()["forecasts"]
    assert [note["code"] for note in good["notes"]] == ["targets_apart"]
    assert bad["error"]["pointer"].startswith("#/series/0/targets/visits")
    table = in_table().replace(f",{VISITS[0]}", ",", 1)
    answer = send(client, table, on_error="partial", repair='{"gaps": "error"}').json()
    assert answer["forecasts"][0]["point"] == good["point"]
    assert answer["forecasts"][1]["error"]["code"] == "values_missing"


def test_a_gap_of_one_target_is_noted_at_this_alone(client: httpx.Client) -> None:
    gap = {"visits": [*TARGETS["visits"][:9], None, *TARGETS["visits"][10:]]}
    both = post(client, targets=TARGETS | gap).json()["forecasts"]
    assert [[note["code"] for note in forecast["notes"]] for forecast in both] == [
        ["targets_apart"],
        ["missing_values_filled", "targets_apart"],
    ]


def test_targets_that_are_forecast_by_themselves_may_be_many(client: httpx.Client) -> None:
    names = [f"t{number}" for number in range(300)]
    answer = post(client, targets=dict.fromkeys(names, TARGETS["sales"]))
    assert answer.status_code == 200, answer.text
    assert [forecast["target"] for forecast in answer.json()["forecasts"]] == names
    columns = pd.DataFrame({"date": range(COUNT)} | dict.fromkeys(names[:40], SALES))
    options = {"target_cols": ",".join(names[:40]), "time_col": "date"}
    answer = send(client, columns.to_csv(index=False), **options)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["forecasts"]) == 40


@pytest.mark.parametrize(
    ("series", "code", "pointer"),
    [
        ({"targets": {}}, "series_empty", "/targets"),
        ({"targets": TARGETS, "values": [1, 2]}, "value_error", ""),
        ({}, "missing", "/values"),
        ({"targets": {"a": [1, 2, 3], "b": [1, 2]}}, "targets_length", "/targets/b"),
        ({"targets": {"a": [1, 2], "b": [1, "2"]}}, "float_type", "/targets/b/1"),
        ({"targets": {"a": [1, 1e200], "b": [1, 2]}}, "value_too_large", "/targets/a/1"),
        ({"targets": {"a": [1, 2], "b": [None, None]}}, "series_all_missing", "/targets/b"),
        ({"targets": {"a=b": [1, 2]}}, "covariate_name_invalid", "/targets/a=b"),
        ({"targets": {"target": [1, 2], "b": [2, 3]}}, "covariate_name_invalid", "/targets/target"),
        (
            {"targets": {"a": [1, 2]}, "past_covariates": {"target": [3, 4]}},
            "covariate_name_invalid",
            "/past_covariates/target",
        ),
        (
            {"targets": {"a": [1, 2]}, "static": {"target": "x"}},
            "covariate_name_invalid",
            "/static/target",
        ),
        (
            {"targets": {"a": [1, 2]}, "static": {"a": "x"}},
            "covariate_name_invalid",
            "/static/a",
        ),
        (
            {"targets": {"a": [1, 2]}, "past_covariates": {"a": [3, 4]}},
            "covariate_name_invalid",
            "/targets/a",
        ),
    ],
)
def test_targets_that_make_no_sense_are_refused_where_they_are(
    client: httpx.Client, series: dict[str, Any], code: str, pointer: str
) -> None:
    document = problem(post(client, **series))
    assert (document["status"], document["errors"][0]["code"]) == (422, code), document
    assert document["errors"][0]["pointer"] == f"#/series{pointer}"


def test_no_column_beside_targets_has_the_name_that_tells_them_apart(client: httpx.Client) -> None:
    table = in_table().replace("sales", "target", 1)
    document = problem(send(client, table, target_cols="target,visits"))
    assert (document["code"], document["errors"][0]["pointer"]) == (
        "covariate_name_invalid",
        "#/file/target",
    )


@pytest.mark.parametrize(
    ("options", "code", "pointer"),
    [
        ({"target_col": "sales"}, "columns_unclear", "#/target_cols"),
        ({"target_cols": "sales,profit"}, "column_unknown", "#/target_cols"),
        ({"covariates": "visits"}, "columns_unclear", "#/covariates"),
        ({"layout": "wide"}, "columns_unclear", "#/target_cols"),
    ],
)
def test_columns_of_targets_that_will_not_do_are_refused(
    client: httpx.Client, options: dict[str, str], code: str, pointer: str
) -> None:
    document = problem(send(client, in_table(), **options))
    assert (document["status"], document["code"]) == (422, code), document
    assert document["errors"][0]["pointer"] == pointer
    if code == "column_unknown":
        assert "no column 'profit'" in document["detail"]
