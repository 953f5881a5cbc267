"""Trainings that are refused at once: the place that is wrong, and what to do about it."""

from typing import Any

import httpx
import pytest

from tests.support.tiny_models import PASSENGERS

MONTHLY = {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"}
WITH_PRICE = MONTHLY | {"past_covariates": {"price": PASSENGERS}}


def refuse(client: httpx.Client, **body: Any) -> tuple[list[str], str]:
    """Ask for a training that is refused, and return the places of its mistakes and the detail."""
    answer = client.post("/train", json={"model": "none", "series": MONTHLY} | body)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    return [error["pointer"] for error in problem["errors"]], problem["detail"]


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"units": [0]}, ["/units/0"]),
        ({"units": [1.5, 8]}, ["/units/0"]),
        ({"lags": ["7"]}, ["/lags/0"]),
        ({"quantiles": [0.5, 2]}, ["/quantiles/1"]),
        ({"units": []}, ["/units"]),
        ({"units": 8}, ["/units"]),
        ({"units": [0], "cell": "cnn"}, ["/cell", "/units/0"]),
    ],
)
def test_a_mistake_in_a_list_is_told_once(
    client: httpx.Client, fields: dict[str, Any], places: list[str]
) -> None:
    assert refuse(client, recipe=fields)[0] == [f"#/recipe{place}" for place in places]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"base": "zero-shot", "horizon": 500}, "#/horizon"),
        ({"recipe": {"base": "zero-shot", "horizon": 500}}, "#/recipe/horizon"),
        ({"base": "nobody"}, "#/base"),
        ({"recipe": {"base": "nobody"}}, "#/recipe/base"),
        ({"base": "zero-shot", "series": WITH_PRICE}, "#/base"),
        ({"recipe": "fine-tune", "series": WITH_PRICE}, "#/recipe"),
    ],
)
def test_the_place_is_one_that_the_request_has(
    client: httpx.Client, body: dict[str, Any], place: str
) -> None:
    assert refuse(client, **body)[0] == [place]


def test_a_base_that_is_no_name_is_told_in_words(client: httpx.Client) -> None:
    for body in ({"base": "No Such"}, {"recipe": {"base": "No Such"}}):
        assert "should be a model, or a model and a version, such as" in refuse(client, **body)[1]


def test_search_is_proposed_where_it_would_do(client: httpx.Client) -> None:
    searched = {"search": True, "context_length": 4}
    assert refuse(client, recipe=searched)[1].endswith("or set search to false.")
    assert refuse(client, recipe={"time_limit_s": 9})[1].endswith("or set search to true.")
    for search in (False, True):
        both = {"time_limit_s": 9, "units": [8], "search": search}
        assert refuse(client, recipe=both)[1].endswith(" Leave out what is not used.")


@pytest.mark.parametrize("count", [4, 8, 10])
@pytest.mark.parametrize("options", [{}, {"horizon": 12}, {"season_length": 7}])
def test_inspect_says_what_training_would(
    client: httpx.Client, count: int, options: dict[str, int]
) -> None:
    _, detail = refuse(client, series=PASSENGERS[:count], **options)
    asked = {"series": PASSENGERS[:count], "model": "zero-shot", **options}
    inspected = client.post("/inspect", json=asked).json()
    assert detail in inspected["training"]["detail"]
