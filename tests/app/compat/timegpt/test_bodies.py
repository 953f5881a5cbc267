"""Bodies that make no sense are refused with the reason, whatever is wrong with them."""

from typing import Any

import httpx
import pytest

SERIES: dict[str, Any] = {"y": [float(n % 7) for n in range(60)], "sizes": [30, 30]}
FEATURES: dict[str, Any] = {"X": [[0.0] * 60], "X_future": [[0.0] * 4]}
PATHS = (
    "forecast",
    "cross_validation",
    "anomaly_detection",
    "online_anomaly_detection",
    "finetune",
)


def body(path: str, series: Any = SERIES, **more: Any) -> dict[str, Any]:
    asked = {"forecast": {"h": 2}, "cross_validation": {"h": 2}}
    asked["online_anomaly_detection"] = {"h": 2, "detection_size": 2}
    return {"series": series, **asked.get(path, {}), **more}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"series": {"y": [], "sizes": []}}, "at least 1 item"),
        ({"series": {"y": [1, 2], "sizes": [1]}}, "sizes add up to 1"),
        ({"series": {"y": [1, 2], "sizes": [3, -1]}}, "greater than or equal to 1"),
        ({"series": {"y": [1, "2"], "sizes": [2]}}, "number"),
        ({"series": SERIES | {"start_datetime": ["2024-01-01"]}}, "2 series, but 1 start_datetime"),
        ({"series": SERIES | {"X": [[1.0]]}}, "a row of X has 1"),
        ({"series": SERIES | {"X": [[0.0] * 60], "categorical_exog": [3]}}, "no feature 3"),
        ({"model": "../up"}, "lower case"),
        ({"finetuned_model_id": "nothing"}, "nothing"),
        ({"surprise": 1}, "'surprise' is not known here"),
    ],
)
def test_mistakes_are_named(
    client: httpx.Client, path: str, wrong: dict[str, Any], words: str
) -> None:
    refused = client.post(f"/v2/{path}", json=body(path) | wrong)
    assert refused.status_code in {404, 422}
    assert words in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "wrong", "words"),
    [
        ("forecast", {"h": 0}, "greater than or equal to 1"),
        ("forecast", {"level": [100]}, "less than 100"),
        ("forecast", {"h": 3, "series": SERIES | FEATURES}, "X_future needs 6 values"),
        ("forecast", {"series": SERIES | {"X_future": [[0.0] * 4]}}, "X_future has 1 features"),
        (
            "forecast",
            {"freq": "H", "series": SERIES | {"start_datetime": ["2024-01-01"] * 2}},
            '"h"',
        ),
        ("cross_validation", {"n_windows": 1_000}, "windows of 2 steps"),
        ("cross_validation", {"n_windows": 50_000}, "2 steps"),
        ("online_anomaly_detection", {"threshold_method": "both"}, "'multivariate'"),
        ("anomaly_detection", {"level": 0}, "greater than 0"),
        ("finetune", {"output_model_id": "tiny"}, "Choose another output_model_id"),
        ("finetune", {"output_model_id": "plain"}, "Choose another output_model_id"),
        ("finetune", {"output_model_id": "A b"}, "lower case"),
    ],
)
def test_mistakes_of_one_kind_of_request_are_named(
    client: httpx.Client, path: str, wrong: dict[str, Any], words: str
) -> None:
    refused = client.post(f"/v2/{path}", json=body(path) | wrong)
    assert refused.status_code == 422
    assert words in refused.json()["detail"]


STARTS = ["2024-01-01"] * 2
ODD = [0.0] * 35 + ["odd"] + [0.0] * 24


@pytest.mark.parametrize(
    ("path", "wrong", "pointer"),
    [
        ("forecast", {"h": 1_000_000}, "#/h"),
        ("forecast", {"level": [80, 0.5]}, "#/level"),
        ("forecast", {"freq": "H", "series": SERIES | {"start_datetime": STARTS}}, "#/freq"),
        (
            "forecast",
            {"freq": "D", "series": SERIES | {"start_datetime": ["2024-01-01", "soon"]}},
            "#/series/start_datetime/1",
        ),
        ("forecast", {"series": SERIES | {"y": [1.0] * 40 + [1e200] * 20}}, "#/series/y/40"),
        ("forecast", {"series": SERIES | {"y": [1.0] * 30 + [None] * 30}}, "#/series/sizes/1"),
        (
            "forecast",
            {"series": SERIES | {"X": [ODD], "X_future": [[0.0] * 4]}},
            "#/series/X/0/35",
        ),
        (
            "forecast",
            {"series": SERIES | {"X": [[0.0] * 60], "X_future": [[0.0, 0.0, 0.0, "odd"]]}},
            "#/series/X_future/0/3",
        ),
        ("forecast", {"series": SERIES | {"X": [[0.0] * 59 + [-1e39]]}}, "#/series/X/0/59"),
        ("cross_validation", {"series": SERIES | {"X": [[{}] * 60]}}, "#/series/X/0/0"),
        ("cross_validation", {"n_windows": 1_000}, "#/series/sizes/0"),
        ("cross_validation", {"h": 1_000_000}, "#/h"),
        ("anomaly_detection", {"level": 0}, "#/level"),
        ("finetune", {"finetuned_model_id": "nothing"}, "#/finetuned_model_id"),
        ("finetune", {"model": "nothing"}, "#/model"),
    ],
)
def test_mistakes_are_named_by_their_places(
    client: httpx.Client, path: str, wrong: dict[str, Any], pointer: str
) -> None:
    refused = client.post(f"/v2/{path}", json=body(path) | wrong)
    problem = refused.json()
    assert [mistake["pointer"] for mistake in problem["errors"]] == [pointer], problem
    assert problem["detail"].startswith(f"{pointer}: ")


def test_what_is_missing_is_not_explained_by_our_own_bodies(client: httpx.Client) -> None:
    answer = client.post("/v2/forecast", json={"h": 2})
    assert answer.json()["detail"] == "#/series: is missing. Give 'series' a value."


def test_text_that_is_no_json_is_refused(client: httpx.Client) -> None:
    refused = client.post("/v2/forecast", content=b"{", headers={"content-encoding": "identity"})
    assert refused.status_code == 400
    packed = {"content-encoding": "zstd"}
    refused = client.post("/v2/forecast", content=b"{}", headers=packed)
    assert refused.status_code == 400
    assert "zstd" in refused.json()["detail"]
