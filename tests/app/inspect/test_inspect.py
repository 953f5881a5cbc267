"""`POST /inspect`."""

from typing import Any

import httpx
import pytest

from app.inspect.examples import INSPECT_EXAMPLES
from app.inspect.schemas import InspectOptions, InspectResponse
from app.predict.examples import PASSENGERS, PASSENGERS_TABLE
from app.predict.schemas import PredictOptions


def inspect(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/inspect", json=body)
    assert answer.status_code == 200, answer.text
    InspectResponse.model_validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("name", INSPECT_EXAMPLES)
def test_the_examples_run_as_they_stand(client: httpx.Client, name: str) -> None:
    inspect(client, **INSPECT_EXAMPLES[name]["value"])


def test_a_series_is_described(client: httpx.Client) -> None:
    values = [*PASSENGERS[:20], None, *PASSENGERS[21:]]
    series = {"id": "a", "values": values, "start": "1949-01-01", "frequency": "MS"}
    found = inspect(client, series=series)
    assert (found["count"], found["unreadable"], found["frequencies"]) == (1, 0, {"MS": 1})
    (described,) = found["series"]
    assert (described["observed"], described["missing"]) == (47, 1)
    assert described["start"] == "1949-01-01T00:00:00"
    assert described["end"] == "1952-12-01T00:00:00"
    assert described["seasons"][0]["length"] == 12
    assert described["seasons"][0]["strength"] > 0.8
    assert described["non_negative"]
    assert described["fallback"] is None
    assert [note["code"] for note in described["notes"]] == ["missing_values_filled"]


def test_what_would_forecast_a_series_is_said(client: httpx.Client) -> None:
    found = inspect(client, series=[{"values": [3, 3, 3]}, {"values": [5]}], non_negative=False)
    codes = [series["fallback"]["code"] for series in found["series"]]
    assert codes == ["fallback_constant", "fallback_constant"]
    assert not found["series"][0]["non_negative"]


def test_what_predict_would_do_with_a_series_is_said(client: httpx.Client) -> None:
    meter = [float(7 * day + day % 3) for day in range(60)]
    parts = [0] * 40 + [3, 0, 0, 5] + [0] * 20
    every = [{"values": values} for values in (PASSENGERS, parts, meter, [5, 5])]
    body: dict[str, Any] = {"series": every, "model": "zero-shot", "non_negative": False}
    found = inspect(client, **body)["series"]
    answer = client.post("/predict", json=body)
    said = [series["notes"] + [series["fallback"]] * bool(series["fallback"]) for series in found]
    assert said == [forecast["notes"] for forecast in answer.json()["forecasts"]]
    assert [[note["code"] for note in notes] for notes in said] == [
        [],
        ["fallback_intermittent"],
        ["forecast_by_increments"],
        ["fallback_constant"],
    ]


def test_a_series_that_cannot_be_read_is_named_with_what_repair_would_do(
    client: httpx.Client,
) -> None:
    sound = {"values": [1, 2, 4], "timestamps": ["2024-01-01", "2024-01-02", "2024-01-03"]}
    broken = sound | {"timestamps": ["2024-01-01", "2024-01-03", "2024-01-02"]}
    found = inspect(client, series=[sound, broken])
    assert (found["count"], found["unreadable"]) == (2, 1)
    described = found["series"][1]
    assert described["error"]["code"] == "timestamps_not_rising"
    assert described["error"]["pointer"] == "#/series/1/timestamps/2"
    assert [note["code"] for note in described["repairs"]] == ["timestamps_sorted"]
    assert inspect(client, series=[sound, broken], repair=True)["unreadable"] == 0


def test_a_table_is_described_by_its_columns(client: httpx.Client) -> None:
    answer = client.post("/inspect", files={"file": ("p.csv", PASSENGERS_TABLE, "text/csv")})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["table"] is not None
    assert found["frequencies"] == {"MS": 1}


UNCLEAR = "day,red,blue\n2024-01-01,1,5\n2024-01-02,2,4\n2024-01-03,3,3\n"


@pytest.mark.parametrize(
    ("content", "options", "code", "pointer"),
    [
        (UNCLEAR, {}, "columns_unclear", "#/file"),
        (PASSENGERS_TABLE, {"target_col": "x"}, "column_unknown", "#/target_col"),
        (PASSENGERS_TABLE + "passengers,2024-01-01,many\n", {}, "cell_invalid", "#/file/48/y"),
        (PASSENGERS_TABLE, {"timezone": "Mars/Base"}, "timezone_unknown", "#/timezone"),
    ],
)
def test_a_table_whose_series_are_not_found_is_described_all_the_same(
    client: httpx.Client, content: str, options: dict[str, str], code: str, pointer: str
) -> None:
    answer = client.post("/inspect", files={"file": ("a.csv", content)}, data=options)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    InspectResponse.model_validate(found)
    assert (found["error"]["code"], found["error"]["pointer"]) == (code, pointer)
    assert [column["looks_like"] for column in found["table"]["columns"]].count("dates") == 1
    assert (found["count"], found["series"]) == (0, [])
    refused = client.post("/predict", files={"file": ("a.csv", content)}, data=options)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [found["error"]]


def test_a_file_that_is_no_table_is_refused(client: httpx.Client) -> None:
    answer = client.post("/inspect", files={"file": ("a.pdf", b"%PDF-1.4")})
    assert answer.status_code == 422


def test_every_option_of_a_forecast_is_taken(client: httpx.Client) -> None:
    options = {
        "horizon": 6,
        "season_length": 12,
        "levels": [80],
        "quantiles": [0.5],
        "scores": True,
        "calibrate": True,
        "on_error": "partial",
    }
    assert PredictOptions.model_fields.keys() <= InspectOptions.model_fields.keys()
    assert inspect(client, series=PASSENGERS, **options)["count"] == 1


def test_the_advice_on_training_names_its_recipe_and_a_cure(client: httpx.Client) -> None:
    series = {"values": PASSENGERS * 4, "start": "1949-01-01", "frequency": "MS"}
    detail = inspect(client, series=series)["training"]["detail"]
    assert detail.startswith("With the default recipe, auto, and a horizon of 12, there are ")
    detail = inspect(client, series=series, horizon=3)["training"]["detail"]
    assert detail.startswith("With the default recipe, auto, and a horizon of 3, there are ")
    short = inspect(client, series=PASSENGERS[:10], horizon=3)["training"]["detail"]
    assert short.startswith("With the default recipe, auto, and a horizon of 3, training fails: ")
    assert "Give more history" in short
    assert "zero-shot" in short


def test_training_is_advised_if_there_is_enough_to_learn_from(client: httpx.Client) -> None:
    short = inspect(client, series=PASSENGERS)["training"]
    assert not short["makes_sense"]
    assert "zero-shot" in short["detail"]
    long = inspect(client, series=[{"values": PASSENGERS * 4}] * 3)["training"]
    assert long["makes_sense"]
    dated = {"values": PASSENGERS, "start": "2024-01-01", "frequency": "MS"}
    mixed = inspect(client, series=[dated, dated | {"frequency": "D"}])["training"]
    assert not mixed["makes_sense"]
    assert "different frequencies" in mixed["detail"]


def test_as_many_series_are_described_as_are_asked_for(client: httpx.Client) -> None:
    found = inspect(client, series=[{"values": PASSENGERS}] * 5, max_series=2)
    assert found["count"] == 5
    assert len(found["series"]) == 2


@pytest.mark.parametrize("body", [{}, {"series": PASSENGERS, "horizn": 3}, {"series": "a"}])
def test_a_request_that_makes_no_sense_is_refused(
    client: httpx.Client, body: dict[str, Any]
) -> None:
    answer = client.post("/inspect", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_empty_series_is_unreadable(client: httpx.Client) -> None:
    found = inspect(client, series=[{"values": []}])
    assert found["unreadable"] == 1
    assert found["series"][0]["error"]["code"] == "series_empty"
    assert found["training"]["detail"] == "There is no series to train on."


def test_a_table_whose_newest_row_comes_first_is_turned_around_with_a_note(
    client: httpx.Client,
) -> None:
    rows = "".join(f"2024-01-{day:02},{day}\n" for day in range(20, 0, -1))
    answer = client.post("/inspect", files={"file": ("stock.csv", f"date,close\n{rows}")})
    (series,) = answer.json()["series"]
    assert [note["code"] for note in series["notes"]] == ["rows_reversed"]
    assert (series["start"], series["end"]) == ("2024-01-01T00:00:00", "2024-01-20T00:00:00")


def test_the_values_are_given_as_they_were_read(client: httpx.Client) -> None:
    series = [
        {"id": "dated", "values": [None, 3, None, 5], "start": "2024-01-01", "frequency": "D"},
        {"id": "raw", "values": [2, 4]},
    ]
    dated, raw = inspect(client, series=series, values=True)["series"]
    days = [f"2024-01-0{day}T00:00:00" for day in (1, 2, 3, 4)]
    assert dated["history"] == {
        "timestamps": days,
        "steps": None,
        "values": [None, 3.0, None, 5.0],
        "covariates": {},
    }
    assert raw["history"]["values"] == [2.0, 4.0]
    assert raw["history"]["timestamps"] is raw["history"]["steps"] is None


def test_covariates_stand_beside_the_values(client: httpx.Client) -> None:
    series = {
        "values": [None, 3, 4],
        "past_covariates": {"weather": ["dry", "wet", "wet"]},
        "future_covariates": {"price": [1, None, 2, 5, 6]},
    }
    history = inspect(client, series=series, values=True)["series"][0]["history"]
    assert history["values"] == [None, 3.0, 4.0]
    assert history["covariates"]["price"] == [None, None, 2.0, 5.0, 6.0]
    assert history["covariates"]["weather=wet"] == [None, 1.0, 1.0]


@pytest.mark.parametrize(
    ("ahead", "horizon", "code"),
    [
        (["x", "y", "z"], 1, "covariate_category_new"),
        (["x", "y", "x", "y"], 3, "covariate_length"),
        (["x", "y", "x", "y"], 2, None),
    ],
)
def test_covariates_that_predict_refuses_are_refused(
    client: httpx.Client, ahead: list[str], horizon: int, code: str | None
) -> None:
    series = {"values": [3, 4], "future_covariates": {"kind": ahead}}
    body = {"series": series, "model": "zero-shot", "horizon": horizon}
    (described,) = inspect(client, **body)["series"]
    predicted = client.post("/predict", json=body).json()
    assert predicted.get("errors", []) == ([described["error"]] if code else [])
    assert (described.get("error") or {}).get("code") == code


def test_rows_that_count_steps_keep_their_numbers(client: httpx.Client) -> None:
    table = {"file": ("table.csv", "ds,y\n10,1\n12,2\n14,3\n")}
    answer = client.post("/inspect", files=table, data={"values": "true"})
    (series,) = answer.json()["series"]
    assert (series["history"]["steps"], series["history"]["values"]) == ([10, 12, 14], [1, 2, 3])


def test_values_are_left_out_unless_they_are_asked_for(client: httpx.Client) -> None:
    assert inspect(client, series=PASSENGERS)["series"][0]["history"] is None
