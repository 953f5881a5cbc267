"""The OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.access.scopes import needed_scopes
from app.anomalies.examples import ANOMALIES_ANSWER
from app.anomalies.schemas import AnomaliesRequest
from app.backtest.examples import BACKTEST_ANSWER
from app.backtest.schemas import BacktestRequest
from app.bulk.examples import BULK_ANSWER
from app.bulk.schemas import BulkRequest
from app.exception_handlers import Problem
from app.inspect.examples import INSPECT_ANSWER
from app.inspect.schemas import InspectRequest
from app.models.schemas import AliasRequest, RollbackRequest
from app.openapi.operations import (
    FORM_BOOLEAN,
    FORM_BOOLEAN_SCHEMA,
    REFERENCE,
    default_in_words,
    problems,
)
from app.predict.examples import PREDICT_ANSWER
from app.predict.schemas import PredictRequest
from app.requests.content import JSON
from app.requests.table_fields import TableFields
from app.tracking.examples import ACTUALS_ANSWER
from app.tracking.schemas import ActualsRequest
from app.train.examples import TRAIN_ANSWER
from app.train.schemas import TrainRequest

_DESCRIPTION = """\
Post a raw series to `/predict` and get its future back, in the series' own units, with intervals.
Post series to `/train` and get a model of your own. Every example on this page runs as it stands,
except those of `/bulk`: their tables have to exist, in places that `FORECAST_BULK_LOCATIONS` names.
To look at a file of yours and its forecasts first, open [the start page](/);
[the guide](/guide/) explains everything at leisure.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents with a stable
`code` and, in `errors`, the place in the body and the cure.
"""

_BEARER, _HEADER = "bearer", "apiKey"
_ABOUT_KEYS = (
    "Asked for if FORECAST_API_KEYS_FILE is set. Each operation names the scopes of which a key "
    "needs one."
)

_ANSWERS = {
    ("/predict", "200"): PREDICT_ANSWER,
    ("/backtest", "200"): BACKTEST_ANSWER,
    ("/anomalies", "200"): ANOMALIES_ANSWER,
    ("/inspect", "200"): INSPECT_ANSWER,
    ("/actuals", "200"): ACTUALS_ANSWER,
    ("/train", "202"): TRAIN_ANSWER,
    ("/bulk", "202"): BULK_ANSWER,
}
"""An example of each main answer. FastAPI would leave out what is null in it."""


def make_openapi(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what `app.openapi` calls for its document, which is made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=_DESCRIPTION,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            document["components"]["schemas"] |= _schemas_that_fastapi_does_not_see()
            for (path, status), example in _ANSWERS.items():
                answers = document["paths"][path]["post"]["responses"]
                answers[status]["content"][JSON]["example"] = example
            _describe_keys(document)
            _describe_connections(document)
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def serve_document(app: FastAPI) -> None:
    """Let `app` answer for its document with bytes that are made once.

    FastAPI writes it anew for every request, which takes as long as dozens of forecasts.
    """

    async def document(_: Request) -> Response:
        return Response(written(), media_type=JSON)

    @cache
    def written() -> bytes:
        return orjson.dumps(app.openapi())

    assert app.openapi_url is not None
    routes = app.router.routes
    position = next(at for at, route in enumerate(routes) if route.path == app.openapi_url)  # type: ignore[attr-defined]  # FastAPI's own routes have a path
    routes[position] = Route(app.openapi_url, document, include_in_schema=False)


def _describe_keys(document: dict[str, Any]) -> None:
    """Say which operations take a key if the service asks for keys, and the scopes for each.

    These are also the operations that a caller may not ask for more often than it is allowed to.
    """
    document["components"]["securitySchemes"] = {
        _BEARER: {"type": "http", "scheme": "bearer", "description": _ABOUT_KEYS},
        _HEADER: {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    added = problems(401, 403, 429)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            scopes = sorted(needed_scopes(method.upper(), path, None))
            if scopes:
                operation["security"] = [{}, {_BEARER: scopes}, {_HEADER: scopes}]
                operation["responses"] |= {str(status): added[status] for status in added}


def _describe_connections(document: dict[str, Any]) -> None:
    """Say what any operation answers if no whole request comes."""
    added = {str(status): answer for status, answer in problems(400, 408, 431).items()}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"] |= added


def _schemas_that_fastapi_does_not_see() -> dict[str, Any]:
    """Return the schemas of bodies that endpoints read themselves, and of problem documents."""
    _, requests = models_json_schema(
        [
            (PredictRequest, "validation"),
            (BacktestRequest, "validation"),
            (AnomaliesRequest, "validation"),
            (BulkRequest, "validation"),
            (InspectRequest, "validation"),
            (ActualsRequest, "validation"),
            (TrainRequest, "validation"),
            (TableFields, "validation"),
            (AliasRequest, "validation"),
            (RollbackRequest, "validation"),
        ],
        ref_template=REFERENCE,
    )
    schemas: dict[str, Any] = requests["$defs"]
    del schemas[TableFields.__name__]  # Its fields are among those of each form and address.
    for schema in schemas.values():
        fields = schema.get("properties", {})
        fields |= {name: default_in_words(field) for name, field in fields.items()}
    _, answers = models_json_schema([(Problem, "serialization")], ref_template=REFERENCE)
    schemas |= answers["$defs"]
    schemas[FORM_BOOLEAN] = FORM_BOOLEAN_SCHEMA
    return schemas
