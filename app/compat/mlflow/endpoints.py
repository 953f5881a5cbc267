"""The paths of MLflow's scoring server, for tables in JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from app.compat.answers import json_answer
from app.compat.body import read_document
from app.compat.places import FieldPlaces
from app.compat.protocols import speak
from app.compat.routing import protocol_router
from app.compat.tables import table_of
from app.dependencies import PredictPart, RegistryPart
from app.health.endpoints import ready
from app.predict.render import Answer
from app.predict.schemas import PredictOptions
from app.predict.service import PredictService
from app.requests.content import JSON
from app.requests.request import RequestBody
from forecasting.errors import RequestError

router = protocol_router()


class TableDocument(BaseModel):
    """A table, as pandas writes it in one of two ways, and the options beside it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dataframe_split: dict[str, Any] | None = None
    dataframe_records: list[dict[str, Any]] | None = None
    params: dict[str, Any] | None = None

    def table(self) -> tuple[str, Any]:
        """Return the table, and its key. Raises RequestError unless there is exactly one."""
        if (self.dataframe_split is None) == (self.dataframe_records is None):
            raise RequestError(
                "send a table, as either 'dataframe_split' or 'dataframe_records'.",
                code="form_unknown",
            )
        if self.dataframe_split is not None:
            return "dataframe_split", self.dataframe_split
        return "dataframe_records", self.dataframe_records


@router.get("/ping", name="mlflow_ping")
async def ping(registry: RegistryPart) -> Response:
    """Whether the default model is served."""
    await ready(registry)
    return Response()


@router.post("/invocations", name="mlflow_invocations")
async def invocations(request: Request, service: PredictPart) -> Response:
    """Forecast the series of a table, where no other protocol has the path."""
    speak(request.scope, "mlflow")
    return await answer(
        request, service, await read_document(request, service.settings, TableDocument)
    )


async def answer(
    request: Request, service: PredictService, document: TableDocument, model: str | None = None
) -> Response:
    """Forecast the series of a table, as `/predict` does with its options as fields of a form.

    Raises what that raises, at the places in the document.
    """
    name, table = document.table()
    places = FieldPlaces("series", options={"file": (name,)}, beside=("params",))
    parameters = document.params or {}
    if model is not None:
        if "model" in parameters:
            raise RequestError(
                "the endpoint is that of a model. Leave out 'model', or send this to /invocations.",
                code="not_supported",
                path=("params", "model"),
            )
        parameters = parameters | {"model": model}
    body = RequestBody(_texts(parameters), to_json(table), JSON, is_table=True)
    with places.named():
        found = await service.reader.read_table(request, body, PredictOptions)
        if found.options.scores:
            raise RequestError(
                "a table has no room for scores. Ask /backtest for them.",
                code="scores_not_available",
                path=("scores",),
            )
        answered = await service.forecast(request, found.options, found.items)
    return await json_answer({"predictions": await asyncio.to_thread(_rows, answered)})


def _texts(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as the fields of a form, without those that are null."""
    return {
        name: value if isinstance(value, str) else to_json(value).decode()
        for name, value in parameters.items()
        if value is not None
    }


def _rows(answered: Answer) -> list[dict[str, Any]]:
    """Return the rows of the answer's table."""
    return [_as_json(row) for row in table_of(answered).to_pylist()]


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: cell.isoformat() if isinstance(cell, datetime) else cell for name, cell in row.items()
    }
