"""The picture of a forecast and its explanation, by a real service."""

import struct
from typing import Any

import httpx
import pytest

from app.predict.examples import PICTURE_EXAMPLES
from tests.support.tiny_models import PASSENGERS

MONTHS = {"id": "passengers", "values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}


def picture(client: httpx.Client, **body: Any) -> tuple[int, int]:
    """Return the width and the height of the picture that is drawn, in pixels."""
    answer = client.post("/predict/explain.png", json={"model": "zero-shot"} | body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", answer.content[16:24])
    return width, height


@pytest.mark.parametrize("name", PICTURE_EXAMPLES)
def test_the_examples_are_drawn(client: httpx.Client, name: str) -> None:
    width, height = picture(client, **PICTURE_EXAMPLES[name]["value"])
    assert width == 1200
    assert 600 < height < 1400


@pytest.mark.parametrize(
    "body",
    [
        {"series": {"id": "a $x_{$ \n" + "long " * 20, "values": PASSENGERS}},
        {"series": [3], "horizon": 1, "levels": []},
        {"series": [1, None, 4, 2, None], "horizon": 100},
        {"series": MONTHS, "levels": [50, 80, 95], "effort": "best", "integer": True},
        {"series": MONTHS, "model": "plain", "scores": True, "on_error": "partial"},
    ],
)
def test_anything_that_can_be_forecast_can_be_drawn(client: httpx.Client, body: Any) -> None:
    picture(client, **body)


def test_a_table_of_one_series_is_drawn(client: httpx.Client) -> None:
    rows = "\n".join(["week,y", *(f"{n},{value}" for n, value in enumerate(PASSENGERS))])
    answer = client.post(
        "/predict/explain.png",
        files={"file": ("data.csv", rows, "text/csv")},
        data={"model": "zero-shot", "horizon": "6"},
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_a_picture_is_of_one_series_that_can_be_forecast(client: httpx.Client) -> None:
    def refused(**body: Any) -> tuple[int, str, str]:
        answer = client.post("/predict/explain.png", json={"model": "zero-shot"} | body)
        problem = answer.json()
        return answer.status_code, problem["code"], problem["errors"][0]["pointer"]

    many = [MONTHS, MONTHS]
    assert refused(series=many) == (422, "picture_of_one_series", "#/series")
    missing = {"series": [{"values": [None, None]}], "on_error": "partial"}
    assert refused(**missing) == (422, "series_all_missing", "#/series/0/values")
    assert refused(series=MONTHS, horizon=0)[0] == 422
