import json
from typing import Any

import httpx
import pytest

from forecasting.tables.formats import TABLES

MEDIA_TYPES = {
    "metrics": "text/plain",
    "plot.png": "image/png",
    "explain.png": "image/png",
    "logs": "text/plain",
    "events": "text/event-stream",
}
"""The media types of the answers that are not JSON, by the last part of the operation's path."""
WITH_TABLES = {"/predict", "/backtest", "/anomalies"}


@pytest.fixture
def document(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        here = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return here.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas


def test_request_bodies_are_described_and_have_examples(document: dict[str, Any]) -> None:
    for path in ("/predict", "/backtest", "/anomalies", "/inspect", "/train"):
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert content["examples"]
        name = content["schema"]["$ref"].rsplit("/", 1)[1]
        assert document["components"]["schemas"][name]["properties"]["series"]


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies", "/inspect", "/train"])
def test_tables_are_described_with_examples_that_run(
    client: httpx.Client, document: dict[str, Any], path: str
) -> None:
    operation = document["paths"][path]["post"]
    content = operation["requestBody"]["content"]
    assert {"application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"} <= set(content)
    form = dict(content["multipart/form-data"]["example"])
    file = ("passengers.csv", form.pop("file"))
    form |= {n: ",".join(map(str, v)) for n, v in form.items() if isinstance(v, list)}
    query = {p["name"]: p["example"] for p in operation["parameters"] if "example" in p}
    headers = {"content-type": "text/csv"}
    example = content["text/csv"]["example"]
    answers = [
        client.post(path, files={"file": file}, data=form, params=query),
        client.post(path, content=example, headers=headers, params=query),
    ]
    for media_type in ("application/x-ndjson", "application/jsonl"):
        rows = content[media_type]["example"]
        for text in (json.dumps(rows, indent=2), "\n".join(map(json.dumps, rows))):
            headers = {"content-type": media_type}
            answers.append(client.post(path, content=text, headers=headers, params=query))
    for answer in answers:
        assert answer.status_code == int(next(iter(operation["responses"]))), answer.text
        if "location" in answer.headers:
            client.delete(answer.headers["location"])


def filled_in(parameter: dict[str, Any], document: dict[str, Any]) -> Any:
    """Return what Swagger UI fills in for a parameter: "made up" for an object without example."""
    schema = parameter.get("schema", {})
    (media_type,) = parameter.get("content", {"": {"schema": schema}}).values()
    for holder in (media_type, parameter, schema):
        if "example" in holder:
            return holder["example"]
    schema = media_type["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema.get("default", "made up" if schema.get("type") == "object" else "")


def test_the_page_sends_no_option_in_the_address_unasked(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for parameter in operations.get("post", {}).get("parameters", []):
            required = path == "/train" and parameter["name"] == "model"
            expected = "my-model" if required else ""
            if parameter["in"] == "query":
                assert filled_in(parameter, document) == expected, (path, parameter["name"])


def test_what_people_look_for_comes_first(document: dict[str, Any]) -> None:
    operation = document["paths"]["/predict"]["post"]
    first = ["horizon", "model", "id_col", "time_col", "target_col"]
    in_address = [parameter["name"] for parameter in operation["parameters"]]
    content = operation["requestBody"]["content"]["multipart/form-data"]
    in_form = list(content["schema"]["properties"])
    assert in_address[:5] == first
    assert in_form[:6] == ["file", *first]
    assert in_address[-2:] == in_form[-2:] == ["repair", "open"]


def test_defaults_of_requests_are_told_in_words(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("PredictRequest", "BacktestRequest", "AnomaliesRequest", "TrainRequest"):
        for field in schemas[name]["properties"].values():
            assert "default" not in field, (name, field)
    on_error = schemas["PredictRequest"]["properties"]["on_error"]
    assert on_error["description"].endswith('Default: `"fail"`.')


def test_every_error_is_described_as_the_problem_that_it_is(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                expected = MEDIA_TYPES.get(path.rpartition("/")[2], "application/json")
                if status >= "4":
                    expected = "application/problem+json"
                tables = TABLES if path in WITH_TABLES and status == "200" else ()
                assert list(response.get("content", [])) == (
                    [] if status == "204" else [expected, *tables]
                )


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], f"{method} {path}"


def test_the_page_of_the_operations_needs_no_other_host(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
