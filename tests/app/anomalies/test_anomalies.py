"""`POST /anomalies`."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.anomalies.examples import ANOMALIES_EXAMPLES
from app.anomalies.schemas import AnomaliesResponse
from tests.support.service import ROOT, Service
from tests.support.tiny_models import PASSENGERS

MONTHS = {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS", "id": "passengers"}


def anomalies(client: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/anomalies", json=body)
    assert answer.status_code == 200, answer.text
    AnomaliesResponse.model_validate_json(answer.content)
    found: list[dict[str, Any]] = answer.json()["series"]
    return found


def problem(client: httpx.Client, **body: Any) -> tuple[int, str, str]:
    answer = client.post("/anomalies", json={"series": PASSENGERS, **body})
    document = answer.json()
    return (
        answer.status_code,
        document["code"],
        document["errors"][0]["pointer"] if document["errors"] else "",
    )


@pytest.mark.parametrize("name", ANOMALIES_EXAMPLES)
@pytest.mark.parametrize("model", ["tiny", "zero-shot"])
def test_the_examples_run_as_they_stand(client: httpx.Client, name: str, model: str) -> None:
    anomalies(client, **ANOMALIES_EXAMPLES[name]["value"], model=model)


def test_what_is_planted_stands_out(airline: list[float], tmp_path: Path) -> None:
    """At a level of 99%, one in a hundred other values may be found too."""
    with Service(ROOT / "model_store", tmp_path) as service, service.client() as client:
        for place in (60, 100, 130):
            values = [*airline[:place], airline[place] * 1.4, *airline[place + 1 :]]
            (one,) = anomalies(client, series=MONTHS | {"values": values})
            assert place in one["anomalies"]
            assert len(one["anomalies"]) <= 2
            scores = dict(zip(one["index"], map(abs, one["score"]), strict=True))
            assert max(scores, key=scores.__getitem__) == place
            assert scores[place] > 1.5


def test_each_value_is_judged_by_what_predict_said_one_step_before(client: httpx.Client) -> None:
    (one,) = anomalies(client, series=MONTHS, level=90, warm_up=40, model="zero-shot")
    assert one["index"] == [*range(40, 48)]
    assert one["actual"] == PASSENGERS[40:]
    for row, place in enumerate(one["index"]):
        body = {
            "series": MONTHS | {"values": PASSENGERS[:place]},
            "horizon": 1,
            "levels": [90],
            "model": "zero-shot",
        }
        (expected,) = client.post("/predict", json=body).json()["forecasts"]
        assert one["expected"][row] == pytest.approx(expected["point"][0], rel=1e-5)
        band = expected["intervals"]["90"]
        assert one["lower"][row] == pytest.approx(band["lower"][0], rel=1e-5)
        assert one["upper"][row] == pytest.approx(band["upper"][0], rel=1e-5)
        assert [one["timestamps"][row]] == expected["timestamps"]


def test_the_last_values_alone_are_judged_as_in_the_whole(client: httpx.Client) -> None:
    (whole,) = anomalies(client, series=MONTHS)
    (latest,) = anomalies(client, series=MONTHS, last=3)
    assert whole["index"] == [*range(24, 48)]
    for name in ("index", "timestamps", "actual", "outside"):
        assert latest[name] == whole[name][-3:]
    for name in ("expected", "lower", "upper", "score"):
        assert latest[name] == pytest.approx(whole[name][-3:], rel=1e-4)


def test_many_series_gaps_and_constants(client: httpx.Client) -> None:
    many = [
        {"id": "a", "values": [None, *PASSENGERS, None, 500]},
        {"id": "b", "values": [7] * 20 + [8]},
    ]
    gaps, constant = anomalies(client, series=many, last=2, model="tiny")
    assert gaps["index"] == [49, 50]
    assert (gaps["actual"], gaps["score"][0], gaps["outside"]) == ([None, 500], None, [False, True])
    assert gaps["anomalies"] == [50]
    assert (constant["outside"], constant["score"]) == ([False, True], [0, None])


def test_a_spike_among_zeros_is_an_anomaly_and_the_zeros_after_it_are_none(
    client: httpx.Client,
) -> None:
    spiked = {"values": [0] * 100 + [3] + [0] * 60 + [10, 0, 0, 0]}
    (one,) = anomalies(client, series=spiked, model="zero-shot", last=20)
    assert one["anomalies"] == [161]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"warm_up": 48}, "series_too_short", "#/series"),
        ({"series": [MONTHS, {"values": [1, 2, 3]}]}, "series_too_short", "#/series/1"),
        ({"model": "plain"}, "quantiles_not_available", "#/model"),
        ({"level": 100}, "request_invalid", "#/level"),
        ({"last": 0}, "request_invalid", "#/last"),
        ({"warm_up": 0}, "request_invalid", "#/warm_up"),
        ({"horizon": 3}, "request_invalid", "#/horizon"),
    ],
)
def test_bad_requests(client: httpx.Client, body: dict[str, Any], code: str, pointer: str) -> None:
    assert problem(client, **body) == (422, code, pointer)


def test_work_has_its_limits(trained_store: Path, jobs: Path) -> None:
    limits = {"FORECAST_MAX_WINDOWS": "20", "FORECAST_DEFAULT_MODEL": "tiny"}
    with Service(trained_store, jobs, limits) as service, service.client() as client:
        assert problem(client, warm_up=20)[:2] == (422, "too_many_windows")
        anomalies(client, series=PASSENGERS, warm_up=20, last=20)
