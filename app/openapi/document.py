"""The OpenAPI document: request bodies that the handlers read themselves, and problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.anomalies.schemas import AnomaliesRequest
from app.backtest.schemas import BacktestRequest
from app.exception_handlers import Problem
from app.models.schemas import AliasRequest, RollbackRequest
from app.openapi.operations import REFERENCE
from app.predict.schemas import PredictRequest
from app.train.schemas import TrainRequest

_DESCRIPTION = """\
Post a raw series to `/predict` and get its future back, in the series' own units, with intervals.
Post series to `/train` and get a model of your own. Every example on this page runs as it stands.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents with a stable
`code` and, in `errors`, the place in the body and the cure.
"""


def make_openapi(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` calls: FastAPI's own document and the schemas that it cannot see."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=_DESCRIPTION,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            _, hidden = models_json_schema(
                [
                    (PredictRequest, "validation"),
                    (BacktestRequest, "validation"),
                    (AnomaliesRequest, "validation"),
                    (TrainRequest, "validation"),
                    (AliasRequest, "validation"),
                    (RollbackRequest, "validation"),
                    (Problem, "validation"),
                ],
                ref_template=REFERENCE,
            )
            document["components"]["schemas"] |= hidden["$defs"]
            app.openapi_schema = document
        return app.openapi_schema

    return openapi
