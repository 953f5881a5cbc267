"""The tools: which operation each is, and what agents are told of it.

Each takes what its operation takes, and answers what that answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from app.anomalies.schemas import AnomaliesRequest, AnomaliesResponse
from app.anomalies.service import AnomalyService
from app.backtest.schemas import BacktestRequest, BacktestResponse
from app.backtest.service import BacktestService
from app.compat.mcp.input_schemas import DRAWING, input_schema
from app.compat.mcp.texts import (
    Answer,
    tell_anomalies,
    tell_backtest,
    tell_forecast,
    tell_inspection,
    tell_models,
)
from app.dependencies import provided
from app.inspect.schemas import InspectRequest, InspectResponse
from app.inspect.service import InspectService
from app.models.schemas import ModelList
from app.models.service import summarize_models
from app.predict.schemas import PredictRequest, PredictResponse
from app.predict.service import PredictService
from app.requests.content import JSON
from app.requests.options import Schema
from app.serving.registry import Registry


@dataclass(frozen=True, slots=True)
class Tool:
    """An operation of the service as agents see it."""

    name: str
    title: str
    description: str
    takes: Schema
    answers: type[BaseModel]
    respond: Callable[[Request], Awaitable[Response]]
    """Answers a request whose body is what the tool was given, as the operation does."""
    tell: Callable[[Answer], str]


class _Service(Protocol):
    async def respond(self, request: Request) -> Response: ...


Service = TypeVar("Service", bound=_Service)


def _service(kind: type[Service]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        service: Service = await provided(kind)(request)
        return await service.respond(request)

    return respond


async def _backtest(request: Request) -> Response:
    service: BacktestService = await provided(BacktestService)(request)
    return await service.respond(request, idempotency_key=None)


async def _list_models(request: Request) -> Response:
    registry: Registry = await provided(Registry)(request)
    models = await asyncio.to_thread(summarize_models, registry)
    return Response(models.model_dump_json(), media_type=JSON)


PICTURE = "picture"
"""What asks for a picture beside the answer."""
_FORECASTING = ("calendar", "model")

TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "forecast",
            "Forecast series",
            "Forecast the next values of one or more series from their past values: points and "
            "intervals for each step, in the series' own units, with notes on what was done. No "
            "training is needed. Give at least a few seasons of history, if you have them.",
            input_schema(
                PredictRequest, ("horizon", "levels", *_FORECASTING), **{PICTURE: DRAWING}
            ),
            PredictResponse,
            _service(PredictService),
            tell_forecast,
        ),
        Tool(
            "backtest",
            "Score forecasts on the past",
            "Say how good the forecasts of series are: the ends of the series are forecast from "
            "what lies before them, and scored beside two baselines, seasonal naive and Theta.",
            input_schema(BacktestRequest, ("horizon", "windows", "levels", *_FORECASTING)),
            BacktestResponse,
            _backtest,
            tell_backtest,
        ),
        Tool(
            "anomalies",
            "Find anomalies",
            "Find the values of series that were not to be expected from the values before them, "
            "with what was expected in their place. The first values are not judged.",
            input_schema(AnomaliesRequest, ("level", "last", *_FORECASTING)),
            AnomaliesResponse,
            _service(AnomalyService),
            tell_anomalies,
        ),
        Tool(
            "inspect",
            "Look at series",
            "Say what is understood of series or of a table, without a forecast: columns, dates, "
            "frequency, gaps, seasons, and what is wrong with it. Call it first if a table is not "
            "clean, or if another tool refuses it.",
            input_schema(InspectRequest, ("model",)),
            InspectResponse,
            _service(InspectService),
            tell_inspection,
        ),
        Tool(
            "list_models",
            "List models",
            "List the models that can forecast, with their versions. The default is used if a tool "
            "is given no `model`.",
            {"type": "object", "properties": {}, "additionalProperties": False},
            ModelList,
            _list_models,
            tell_models,
        ),
    )
}
USUAL: dict[str, dict[str, Any]] = {"backtest": {"forecasts": False, "job": False}}
"""What tools ask for besides what agents may choose."""
