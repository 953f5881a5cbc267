"""What SageMaker's clients are told of requests that cannot be answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from app.settings.environment import SettingsError, load_settings
from app.settings.settings import Settings
from tests.support.service_thread import service_thread

SERIES = {"target": [1, 2, 3, 4, 5], "start": "2024-01-01"}
DEEPAR = {"instances": [SERIES], "configuration": {"freq": "D"}}
CHRONOS = {"inputs": [SERIES], "parameters": {"freq": "D"}}


def deepar(**changes: Any) -> dict[str, Any]:
    return {"instances": [SERIES | changes], "configuration": {"freq": "D"}}


def asking(**changes: Any) -> dict[str, Any]:
    return {"instances": [SERIES], "configuration": {"freq": "D"} | changes}


MISTAKES = [
    (deepar(target=[1, "x"]), "#/instances/0/target/1: Input should be a valid number"),
    (deepar(target=[1, [2]]), "#/instances/0/target/1: Input should be a valid number"),
    (deepar(target=[10**400, 1, 2]), "#/instances/0/target/0: Input should be a valid number"),
    (deepar(target=["NaN", None]), "#/instances/0/target: "),
    (deepar(start="soon"), "#/instances/0/start: 'soon' is not a date"),
    (deepar(start=5), "#/instances/0/start: "),
    (deepar(colour="red"), "#/instances/0/colour: 'colour' is not known here."),
    (deepar(item_id=10**30), "#/instances/0/item_id"),
    (deepar(cat=["red"]), "#/instances/0/cat/0: "),
    (deepar(dynamic_feat=[[1, 2]]), "#/instances/0/dynamic_feat/0: "),
    (deepar(dynamic_feat=[1, 2]), "#/instances/0/dynamic_feat/0: "),
    (asking(freq="fortnight"), "#/configuration/freq: 'fortnight' is not a frequency."),
    (asking(quantiles=["p100"]), "#/configuration/quantiles/0: a quantile lies above 0"),
    (asking(quantiles=[1.0]), "#/configuration/quantiles/0: a quantile lies above 0"),
    (asking(output_types=["mode"]), "#/configuration/output_types/0: Input should be 'mean'"),
    (asking(num_samples=0), "#/configuration/num_samples: "),
    (asking(prediction_length=10**30), "#/configuration/prediction_length: a horizon of 1000000"),
    ({"inputs": [{"target": [1, 2]}], "instances": []}, "The body has 2 forms at once."),
    ({"inputs": [SERIES]}, "#/inputs/0/start: 'start' and the parameter 'freq' need each other"),
    ({"inputs": [{"target": [[1, 2], 3]}]}, "#/inputs/0/target/1: "),
    (
        {"inputs": [{"target": [1, 2], "future_covariates": {"p": [1]}}]},
        "#/inputs/0/future_covariates/p: the covariate 'p' is known ahead, but its past is missing",
    ),
    (
        {
            "inputs": [
                {
                    "target": [1, 2],
                    "past_covariates": {"p": [1]},
                    "future_covariates": {"p": [2, 3]},
                }
            ]
        },
        "#/inputs/0/past_covariates/p: the covariate 'p' has 1 values beside the 2 of the target",
    ),
    (CHRONOS | {"parameters": {"freq": "D", "top_k": 5}}, "#/parameters/top_k: 'top_k' is not"),
    ({"version": 1}, "The form of the body is unknown."),
    ([1, 2], "The form of the body is unknown."),
    ({"dataframe_records": [{"ds": "2024-01-01"}]}, "#/dataframe_records"),
]


@pytest.mark.parametrize(("body", "message"), MISTAKES)
def test_a_mistake_is_named_by_its_place(client: httpx.Client, body: Any, message: str) -> None:
    refused = client.post("/invocations", json=body)
    assert refused.status_code in {400, 422}
    assert refused.json()["message"].startswith(message)
    passed_on = client.post("/endpoints/tiny/invocations", json=body)
    assert passed_on.status_code == 424
    assert passed_on.headers["x-amzn-errortype"] == "ModelError"
    assert passed_on.json()["OriginalStatusCode"] == refused.status_code
    assert passed_on.json()["OriginalMessage"] == refused.json()["message"]


RAW = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b"NaN",
    b"\0",
    b'{"a": "\\ud800"}',
    b"1\n2\n",
    b'{"target": 5}',
]
TYPES = ["application/json", "application/jsonlines", "application/x-autogluon", "text/csv", None]


@pytest.mark.parametrize("media_type", TYPES)
def test_no_body_is_a_fault_of_the_service(client: httpx.Client, media_type: str | None) -> None:
    headers = {} if media_type is None else {"content-type": media_type}
    for content in RAW:
        answer = client.post("/invocations", content=content, headers=headers)
        assert answer.status_code in {400, 422} or (answer.status_code, content) == (200, b"")
    packed = headers | {"content-encoding": "gzip"}
    assert client.post("/invocations", content=b"x", headers=packed).status_code == 400


def test_autogluons_document_has_to_be_whole(client: httpx.Client) -> None:
    headers = {"content-type": "application/x-autogluon"}
    bodies: list[tuple[dict[str, Any], str]] = [
        ({"version": 2, "data": ""}, "#/version: "),
        ({"version": 1, "data": "é"}, "#/data: "),
        ({"version": 1, "data": "UEFSMQ=="}, "#/data: the file cannot be read"),
        ({"version": 1, "data": "", "static_features": "UEFSMQ=="}, "#/static_features: "),
        (
            {"version": 1, "data": "", "inference_kwargs": {"model": "x"}},
            "#/inference_kwargs/model",
        ),
    ]
    for body, message in bodies:
        refused = client.post("/invocations", json=body, headers=headers)
        assert refused.status_code == 422, refused.text
        assert refused.json()["message"].startswith(message)
    accepts = headers | {"accept": "image/png"}
    assert client.post("/invocations", json=bodies[0][0], headers=accepts).status_code == 406


def test_a_line_is_named_by_its_number(client: httpx.Client) -> None:
    lines = [json.dumps(SERIES), json.dumps(SERIES | {"target": [1, "x"]}), "{"]
    headers = {"content-type": "application/jsonlines"}
    refused = client.post("/invocations", content="\n".join(lines[:2]), headers=headers)
    assert refused.json()["message"].startswith("#/lines/1/target/1: ")
    refused = client.post("/invocations", content="\n".join(lines), headers=headers)
    assert refused.json()["message"].startswith("Line 3 of the body is not JSON: ")


def test_an_endpoint_is_a_model(client: httpx.Client) -> None:
    for name in ("nothing", "Nothing", "%2e%2e"):
        refused = client.post(f"/endpoints/{name}/invocations", json=DEEPAR)
        assert refused.status_code == 400
        assert refused.headers["x-amzn-errortype"] == "ValidationError"
        assert f"no model '{unquote(name)}'" in refused.json()["message"]
    refused = client.post("/endpoints/plain/invocations", json=DEEPAR)
    assert refused.status_code == 424
    assert "without quantiles" in refused.json()["OriginalMessage"]
    mean = DEEPAR | {"configuration": {"freq": "D", "output_types": ["mean"]}}
    assert client.post("/endpoints/plain/invocations", json=mean).status_code == 200
    headers = {"x-amzn-sagemaker-target-model": "other.tar.gz"}
    refused = client.post("/endpoints/tiny/invocations", json=DEEPAR, headers=headers)
    assert "x-amzn-sagemaker-target-model chooses nothing" in refused.json()["OriginalMessage"]


def test_limits_hold_and_settings_are_heeded(
    trained_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        model_store=str(trained_store),
        jobs_dir=tmp_path,
        default_model="tiny",
        max_body_bytes=2_048,
        max_series=2,
        max_forecast_values=1_000,
        sagemaker_endpoints={"prod-DeepAR": "tiny"},
    )
    with service_thread(settings) as client:
        assert client.get("/execution-parameters").json() == {
            "BatchStrategy": "MULTI_RECORD",
            "MaxConcurrentTransforms": 100,
            "MaxPayloadInMB": 1,
        }
        assert client.post("/endpoints/prod-DeepAR/invocations", json=DEEPAR).status_code == 200
        too_large = client.post("/endpoints/tiny/invocations", content=b" " * 3_000)
        assert too_large.json()["OriginalStatusCode"] == 413
        many = DEEPAR | {"instances": [SERIES] * 3}
        refused = client.post("/invocations", json=many)
        assert refused.json()["message"].startswith("#/instances: the request holds 3 series")
        samples = asking(output_types=["samples"], num_samples=500)
        refused = client.post("/invocations", json=samples)
        assert "the answer would hold 2000 values" in refused.json()["message"]

        config = {"output_types": ["quantiles"], "quantiles": ["0.2"], "prediction_length": 2}
        monkeypatch.setenv("INFERENCE_CONFIG", json.dumps(config))
        line = client.post("/invocations", content=json.dumps(SERIES)).json()
        assert {name: len(values) for name, values in line["quantiles"].items()} == {"0.2": 2}
        assert set(line) == {"quantiles"}

    monkeypatch.setenv("INFERENCE_CONFIG", '{"quantiles": [2]}')
    with pytest.raises(SettingsError, match="INFERENCE_CONFIG: quantiles/0: "):
        load_settings()
    monkeypatch.setenv("FORECAST_COMPAT", "timegpt")
    load_settings()
    monkeypatch.setenv("FORECAST_SAGEMAKER_ENDPOINTS", "demo=zero-shot, Prod=tiny")
    assert load_settings().sagemaker_endpoints == {"demo": "zero-shot", "Prod": "tiny"}
    monkeypatch.setenv("FORECAST_SAGEMAKER_ENDPOINTS", "demo")
    with pytest.raises(SettingsError, match=r"FORECAST_SAGEMAKER_ENDPOINTS=demo: .*name=model"):
        load_settings()
