"""The form of AutoGluon-Cloud's clients: tables in Parquet, in and out."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.compat.places import FieldPlaces
from app.compat.tables import table_of
from app.predict.render import Answer
from app.predict.schemas import PredictOptions, Probability
from app.predict.service import PredictService
from app.requests.content import accept_of, headers_of, negotiate
from app.requests.request import RequestBody
from forecasting.tables.formats import CSV, PARQUET, write_table

_PARQUET = "application/x-parquet"
_FORMATS = {_PARQUET: PARQUET, PARQUET: PARQUET, CSV: CSV}
_PLACES = FieldPlaces(
    "data",
    {},
    {
        "file": ("data",),
        "covariates": ("known_covariates",),
        "horizon": ("inference_kwargs", "prediction_length"),
        "quantiles": ("inference_kwargs", "quantile_levels"),
        "id_col": ("inference_kwargs", "id_column"),
        "time_col": ("inference_kwargs", "timestamp_column"),
        "target_col": ("inference_kwargs", "target"),
    },
)
_NAMES = {"unique_id": "item_id", "ds": "timestamp", "point": "mean"}
Column = Annotated[str, Field(max_length=256)]


class InferenceOptions(BaseModel):
    """What is asked for, and the names of the columns."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prediction_length: int = Field(1, ge=1)
    quantile_levels: list[Probability] = Field(
        [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], max_length=99
    )
    target: Column = "target"
    id_column: Column = "item_id"
    timestamp_column: Column = "timestamp"


class TablesDocument(BaseModel):
    """Tables in Parquet: the past of all series, and what is known beside it."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    data: Base64Bytes
    known_covariates: Base64Bytes | None = None
    inference_kwargs: InferenceOptions = InferenceOptions()


async def answer(
    request: Request, service: PredictService, model: str | None, document: Any
) -> Response:
    """Forecast the series of a table. `Accept` chooses between Parquet and CSV.

    Raises what `/predict` does, at the places in the document, and ValidationError.
    """
    media_type = negotiate(accept_of(headers_of(request)), [*_FORMATS])
    given = await asyncio.to_thread(TablesDocument.model_validate, document)
    asked = given.inference_kwargs
    columns = {
        "id_col": asked.id_column,
        "time_col": asked.timestamp_column,
        "target_col": asked.target,
    }
    with _PLACES.named():
        options = PredictOptions(
            model=model,
            horizon=asked.prediction_length,
            levels=[],
            quantiles=asked.quantile_levels,
        )
        body = RequestBody(
            columns, given.data, PARQUET, is_table=True, ahead=given.known_covariates or b""
        )
        table = await service.reader.read_table(request, body, PredictOptions)
        answered = await service.forecast(request, options, table.items)
    content = await asyncio.to_thread(_render, answered, _FORMATS[media_type])
    return Response(content, media_type=media_type)


def _render(answered: Answer, media_type: str) -> bytes:
    """Write the forecasts with the names that AutoGluon gives to the columns."""
    table = table_of(answered)
    names = [_NAMES.get(name, name) for name in table.column_names]
    return write_table(table.rename_columns(names), media_type)
