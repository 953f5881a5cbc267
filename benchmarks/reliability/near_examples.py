"""Requests by chance that are an example of the OpenAPI document but for a few things.

Of what is made from the schemas alone, nearly everything is refused before any series is looked at,
and it takes long to make. Half of these requests are accepted, and they take no time to make.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import schemathesis

from benchmarks.reliability.operations import table_forms
from benchmarks.reliability.service import SHIPPED
from forecasting.tables.formats import CSV

_JSON = "application/json"
_WEIGHTS = {
    "POST /predict": 5,
    "POST /backtest": 3,
    "POST /anomalies": 3,
    "POST /inspect": 3,
    "POST /predict/explain.png": 0.3,
    "POST /bulk": 0.3,
    "GET /jobs/{job_id}/events": 0.3,
    "DELETE /models/{model}/versions/{version}": 0.02,
    "DELETE /models/{model}/aliases/{alias}": 0.1,
}
"""How often an operation is asked for: less if it takes long, or deletes what the others need."""
_MOST_OPTIONS = 3
_WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    10**12,
    "",
    "ü",
    "x" * 300,
    [],
    [None],
    {},
    {"a": 1},
)
_LENGTHS = (1, 2, 7, 30, 200)
_SCALES = (1e-300, 1e-3, 1.0, -1.0, 1e9, 1e300)
_STARTS = ("2024-01-01", "1700-02-28", "9990-01-01T23:00:00Z")
_FREQUENCIES = ("h", "D", "B", "W", "MS", "QE", "15min", "YS")
_SHAPES: tuple[Any, ...] = (
    lambda _: 1.0,
    lambda step: 10.0 + step % 7,
    lambda step: 1.1 ** (step % 50),
    lambda step: float(step % 11 == 0),
    lambda step: None if step % 5 == 2 else float(step),
)

Case = schemathesis.Case[Any]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the document shows of one operation."""

    examples: list[dict[str, Any]]
    """Bodies of JSON."""
    fields: dict[str, list[Any]]
    """Values of the fields of a body, as examples have them or at the limits of their schemas."""
    parameters: dict[str, list[Any]]
    """The same of the parameters of the address."""
    needed: dict[str, Any]
    """Parameters that a table does not go without."""
    takes_tables: bool


class NearExamples:
    """Makes requests, and learns from the answers which jobs there are."""

    def __init__(self, schema: schemathesis.BaseSchema, folder: Path) -> None:
        """Read what a document shows, with `folder` as the place of the tables on disk."""
        self._operations = [
            schema[path][method.upper()]
            for path, operations in schema.raw_schema["paths"].items()
            for method in operations
        ]
        self._weights = [_WEIGHTS.get(each.label, 1) for each in self._operations]
        here = json.dumps(schema.raw_schema).replace("/data/", f"{folder}/")
        self._document: Document = json.loads(here)
        self._given: dict[str, list[Any]] = defaultdict(list)
        for _, operation in _operations(self._document):
            for example in _examples(operation):
                for name, value in example.items():
                    self._given[name].append(value)
        self._shown = {label: self._read(each) for label, each in _operations(self._document)}
        self._tables = list(table_forms().items())
        self._etags = deque(['"1"', "*"], maxlen=4)
        self._jobs = deque(["0" * 16], maxlen=4)
        self._in_path: dict[str, Any] = {
            "model": (*SHIPPED, "my-model", "none"),
            "version": (1, 2, 3, 4, 99),
            "alias": ("production", "candidate", "next"),
            "job_id": self._jobs,
        }

    def make(self, chance: Random) -> Case:
        """Return a request of an operation."""
        operation = chance.choices(self._operations, self._weights)[0]
        shown = self._shown[operation.label]
        case: dict[str, Any] = {
            "path_parameters": {
                parameter.name: chance.choice(self._in_path[parameter.name])
                for parameter in operation.path_parameters
            },
            "headers": self._headers(operation, chance),
        }
        if shown.takes_tables and chance.random() < 0.4:
            media_type, body = chance.choice(self._tables)
            if chance.random() < 0.1:
                body = body[: chance.randrange(len(body))]
            query = shown.needed | _few(shown.parameters, chance)
            case |= {"media_type": media_type, "body": body, "query": query}
        elif shown.examples:
            case |= {"media_type": _JSON, "body": _body(shown, chance)}
        else:
            case["query"] = _few(shown.parameters, chance)
        return operation.Case(**case)

    def learn(self, answer: schemathesis.Response) -> None:
        """Remember the job or the version of an alias that an answer speaks of."""
        for location in answer.headers.get("location", ()):
            self._jobs.append(location.rsplit("/", 1)[1])
        self._etags.extend(answer.headers.get("etag", ()))

    def _headers(self, operation: Any, chance: Random) -> dict[str, str]:
        values = {
            "idempotency-key": [str(chance.randrange(1000))],
            "if-match": self._etags,
            "if-none-match": "*",
            "last-event-id": "0123",
        }
        return {
            header.name: chance.choice(values[header.name])
            for header in operation.headers
            if chance.random() < 0.3
        }

    def _read(self, operation: Document) -> _Shown:
        content = operation.get("requestBody", {}).get("content", {})
        schema = self._resolve(content.get(_JSON, {}).get("schema", {}))
        examples = list(_examples(operation))
        parameters = {
            each["name"]: self._values(each["name"], each.get("schema", {}))
            for each in operation.get("parameters", ())
            if each["in"] == "query"
        }
        return _Shown(
            examples,
            {
                name: self._values(name, field)
                for name, field in schema.get("properties", {}).items()
                if name != "series"
            },
            parameters,
            {name: examples[0][name] for name in schema.get("required", ()) if name in parameters},
            CSV in content,
        )

    def _values(self, name: str, schema: Document) -> list[Any]:
        """Return what examples give it, and the limits of its schema, each value once."""
        values = (*self._given[name], *self._limits(schema))
        return list({json.dumps(value): value for value in values}.values())

    def _limits(self, schema: Document) -> Iterator[Any]:
        """Yield values at the edge of what a schema allows."""
        schema = self._resolve(schema)
        for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            yield from self._limits(choice)
        yield from schema.get("enum", ())
        yield from (schema[edge] for edge in ("minimum", "maximum") if edge in schema)
        match schema.get("type"):
            case "boolean":
                yield from (True, False)
            case "null":
                yield None
            case "array":
                yield []
                yield from ([value] for value in self._limits(schema.get("items", {})))
            case "object":
                for name, field in schema.get("properties", {}).items():
                    yield from ({name: value} for value in self._limits(field))

    def _resolve(self, schema: Document) -> Document:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def _examples(operation: Document) -> Iterator[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {})
    for example in content.get(_JSON, {}).get("examples", {}).values():
        yield example["value"]


def _body(shown: _Shown, chance: Random) -> Any:
    body = chance.choice(shown.examples) | _few(shown.fields, chance)
    if "series" in body and chance.random() < 0.5:
        body["series"] = _series(chance)
    if chance.random() < 0.05:
        del body[chance.choice(list(body))]
    return chance.choice(_WRONG) if chance.random() < 0.02 else body


def _few(values: dict[str, list[Any]], chance: Random) -> dict[str, Any]:
    """Choose some of the options and their values, of which one of twenty is wrong."""
    named = [name for name, known in values.items() if known]
    names = chance.sample(named, min(chance.randint(0, _MOST_OPTIONS), len(named)))
    return {
        name: chance.choice(_WRONG if chance.random() < 0.05 else values[name]) for name in names
    }


def _series(chance: Random) -> Any:
    if chance.random() < 0.3:
        return _points(chance)
    return [_one_series(chance) for _ in range(chance.randint(1, 3))]


def _one_series(chance: Random) -> dict[str, Any]:
    dates = {"start": chance.choice(_STARTS), "frequency": chance.choice(_FREQUENCIES)}
    series = {"values": _points(chance)} | (dates if chance.random() < 0.7 else {})
    return series | ({"id": chance.choice("abü")} if chance.random() < 0.5 else {})


def _points(chance: Random) -> list[float | None]:
    shape, scale = chance.choice(_SHAPES), chance.choice(_SCALES)
    values = [shape(step) for step in range(chance.choice(_LENGTHS))]
    return [None if value is None else value * scale for value in values]
