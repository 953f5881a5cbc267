"""Answering `POST /predict`."""

from __future__ import annotations

import asyncio

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.batcher import Batcher
from app.body import read_json_body
from app.errors import DeadlineError, problem_of
from app.forecasts import Question, answer, ask
from app.hang_up import unless_hung_up
from app.registry import Registry
from app.schemas.predict import PredictRequest
from app.schemas.series import is_dated
from app.settings import Settings
from forecasting.arrays import Floats

PATH = "/predict"
_LARGE_BODY = 2 * 2**20


class Predictor:
    def __init__(self, settings: Settings, registry: Registry, batcher: Batcher) -> None:
        self._settings = settings
        self._registry = registry
        self._batcher = batcher

    async def respond(self, request: Request) -> Response:
        """Raises ForecastingError, ServiceError or ValidationError for what cannot be answered."""
        try:
            async with asyncio.timeout(self._settings.request_timeout_s):
                content = await self._answer(request)
        except TimeoutError as error:
            raise DeadlineError(
                f"the forecast took longer than {self._settings.request_timeout_s:g} s. Ask for "
                "fewer series or steps, or raise FORECAST_REQUEST_TIMEOUT_S."
            ) from error
        return Response(content, media_type="application/json")

    async def _answer(self, request: Request) -> bytes:
        body = await read_json_body(request, self._settings.max_body_bytes)
        asked = PredictRequest.model_validate_json(body)
        served = await self._registry.get(asked.model, asked.version)
        if len(body) <= _LARGE_BODY and not is_dated(asked.series):
            question = ask(asked, served, self._settings)
            return answer(question, await self._predict(request, question))
        question = await asyncio.to_thread(ask, asked, served, self._settings)
        predicted = await self._predict(request, question)
        return await asyncio.to_thread(answer, question, predicted)

    async def _predict(self, request: Request, question: Question) -> Floats:
        if not question.values:
            return np.empty((0, question.horizon, question.served.forecaster.signature.outputs))
        work = self._batcher.predict(
            question.served, question.values, question.horizon, question.season_lengths
        )
        if self._batcher.is_quick(question.served, len(question.series), question.horizon):
            return await work
        return await unless_hung_up(request, work)


class PredictFirst:
    """Answers `POST /predict` ahead of FastAPI's routing, which costs more than the forecast.

    The operation is declared to FastAPI all the same, for the OpenAPI page.
    """

    def __init__(self, app: ASGIApp, predictor: Predictor) -> None:
        self._app = app
        self._predictor = predictor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._predictor.respond(request)
        except Exception as error:  # noqa: BLE001  every error becomes a problem document
            response = problem_of(request, error)
        await response(scope, receive, send)
