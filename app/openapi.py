"""The OpenAPI document: request bodies that the handlers read themselves, and problems."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.schemas.models import AliasRequest, RollbackRequest
from app.schemas.predict import PredictRequest
from app.schemas.problem import Problem
from app.schemas.train import TrainRequest

VERSION: str = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())[
    "project"
]["version"]

_DESCRIPTION = """\
Post a raw series to `/predict` and get its future back, in the series' own units, with intervals.
Post series to `/train` and get a model of your own. Every example on this page runs as it stands.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents with a stable
`code` and, in `errors`, the place in the body and the cure.
"""
_REFERENCE = "#/components/schemas/{model}"


def json_body(
    model: type[BaseModel], examples: dict[str, Any], *, required: bool = True
) -> dict[str, Any]:
    """The request body of an operation whose handler reads the body itself."""
    schema = {"$ref": _REFERENCE.format(model=model.__name__)}
    content = {"application/json": {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": required, "content": content}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of an operation."""
    schema = {"$ref": _REFERENCE.format(model=Problem.__name__)}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }


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
                    (TrainRequest, "validation"),
                    (AliasRequest, "validation"),
                    (RollbackRequest, "validation"),
                    (Problem, "validation"),
                ],
                ref_template=_REFERENCE,
            )
            document["components"]["schemas"] |= hidden["$defs"]
            app.openapi_schema = document
        return app.openapi_schema

    return openapi
