"""The endpoint that forecasts series, and the shortcut to it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.dependencies import PredictPart
from app.exception_handlers import problem_response
from app.observation.middleware import name_operation
from app.openapi.answers import PngResponse
from app.openapi.operations import json_body, problems, tables_too, with_tables
from app.predict.examples import PICTURE_EXAMPLES, PREDICT_EXAMPLES, PREDICT_FORM
from app.predict.schemas import PredictOptions, PredictRequest, PredictResponse
from app.predict.service import PredictService

_PATH = "/predict"

router = APIRouter(tags=["forecasts"])


@router.post(
    _PATH,
    summary="Forecast one series, or many",
    response_model=PredictResponse,
    responses=tables_too("JSON, or one long table")
    | problems(400, 404, 406, 413, 415, 422, 501, 503),
    openapi_extra=with_tables(
        json_body(PredictRequest, PREDICT_EXAMPLES), PredictOptions, PREDICT_FORM
    ),
)
async def predict(request: Request, service: PredictPart) -> Response:
    """Forecast one series, or many, in their own units.

    Give raw past values, oldest first, and get the future back: a point forecast, and intervals
    and quantiles if the model predicts them.

    Many series are best sent as a table: a CSV file, an Excel workbook, Parquet, Arrow or JSON,
    uploaded as `file` with the options as form fields, or as the body itself with the options in
    the address. Its columns may have any names: those of the dates, the values and the ids of the
    series are found, or chosen with `time_col`, `target_col` and `id_col`. `/inspect` takes the
    same request, and says what is understood of a file without a forecast.

    `Accept` chooses between JSON and a table for the answer.
    """
    return await service.respond(request)


@router.post(
    f"{_PATH}/explain.png",
    summary="Draw a forecast, and why it is what it is",
    response_class=PngResponse,
    responses=problems(400, 404, 413, 415, 422, 503),
    openapi_extra=with_tables(
        json_body(PredictRequest, PICTURE_EXAMPLES), PredictOptions, PREDICT_FORM
    ),
)
async def explain_picture(request: Request, service: PredictPart) -> PngResponse:
    """Draw the forecast of one series, its components, and what moved it.

    It takes what `/predict` takes, with one series. Above is the end of the past, the forecast with
    its intervals, and the level that it starts from. Below is what each season, each covariate and
    the network add at each step, and at the bottom, how much the forecast would change without each
    stretch of the past.
    """
    return PngResponse(await service.draw(request))


class PredictShortcut:
    """Answers `POST /predict` ahead of FastAPI's routing, which costs more than the forecast does.

    The operation is declared to FastAPI all the same, for the OpenAPI document.
    """

    def __init__(self, app: ASGIApp, service: PredictService) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        name_operation(scope, "predict")
        try:
            response = await self._service.respond(request)
        except Exception as error:  # noqa: BLE001  every error becomes a problem document
            response = problem_response(request, error)
        await response(scope, receive, send)
