"""Answering `POST /predict`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import numpy as np
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import DeadlineError
from app.exception_handlers import problem_response
from app.predict.calibrate import calibrate, check_calibration
from app.predict.forecasts import Question, Scores, answer, ask
from app.predict.quick_scores import quick_scores
from app.predict.render_json import to_json
from app.predict.render_table import to_table
from app.predict.schemas import PredictOptions, PredictRequest
from app.requests.body import Headers, accept_of, headers_of, media_type_of, read_body
from app.requests.content_negotiation import JSON, negotiate
from app.requests.disconnect import unless_hung_up
from app.requests.limits import season_length_of
from app.requests.request import RequestReader, parse_partially
from app.requests.series_items import Item, to_items
from app.requests.series_schemas import is_dated
from app.serving.batcher import Batcher
from app.serving.registry import Registry
from app.settings import Settings
from forecasting.errors import RequestError
from forecasting.types import Floats

PATH = "/predict"
_LARGE_BODY = 2 * 2**20


class Predictor:
    def __init__(
        self, settings: Settings, registry: Registry, batcher: Batcher, reader: RequestReader
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._batcher = batcher
        self._reader = reader

    async def respond(self, request: Request) -> Response:
        """Raises ForecastingError, ServiceError or ValidationError for what cannot be answered."""
        headers = headers_of(request)
        media_type = negotiate(accept_of(headers))
        try:
            async with asyncio.timeout(self._settings.request_timeout_s):
                content = await self._answer(request, headers, media_type)
        except TimeoutError as error:
            raise DeadlineError(self._settings.request_timeout_s) from error
        return Response(content, media_type=media_type)

    async def _answer(self, request: Request, headers: Headers, media_type: str) -> bytes:
        if media_type_of(headers) != JSON:
            read = await self._reader.read(request, headers, PredictRequest, PredictOptions)
            return await self._answer_slowly(request, *read, media_type)
        body = await read_body(request, headers, self._settings.max_body_bytes)
        try:
            asked = PredictRequest.model_validate_json(body)
        except ValidationError as error:
            return await self._answer_slowly(
                request,
                *await asyncio.to_thread(parse_partially, body, error, PredictOptions),
                media_type,
            )
        items = to_items(asked.series)
        if (
            len(body) > _LARGE_BODY
            or asked.calibrate
            or asked.scores
            or is_dated(asked.series)
            or media_type != JSON
        ):
            return await self._answer_slowly(request, asked, items, media_type)
        served = await self._registry.get(asked.model, asked.version)
        question = ask(asked, items, served, self._settings)
        return to_json(answer(question, await self._predict(request, question)))

    async def _answer_slowly(
        self, request: Request, options: PredictOptions, items: Sequence[Item], media_type: str
    ) -> bytes:
        """What takes long is done off the event loop."""
        served = await self._registry.get(options.model, options.version)
        question = await asyncio.to_thread(ask, options, items, served, self._settings)
        if options.scores and media_type != JSON:
            raise RequestError(
                "a table has no room for scores; ask for JSON (accept: application/json), or for "
                "POST /backtest.",
                code="scores_not_available",
                path=("scores",),
            )
        if options.calibrate:
            check_calibration(question, self._settings.max_forecast_values)
        predicted = await self._predict(request, question)
        scores = await self._scores(request, options, question) if options.scores else None
        if options.calibrate:
            work = calibrate(self._batcher, question, predicted)
            question, predicted = await unless_hung_up(request, work)
        write = to_json if media_type == JSON else partial(to_table, media_type=media_type)
        return await asyncio.to_thread(lambda: write(answer(question, predicted, scores)))

    async def _predict(self, request: Request, question: Question) -> Floats:
        if not question.values:
            return np.empty((0, question.horizon, question.served.forecaster.signature.outputs))
        work = self._batcher.predict(
            question.served, question.values, question.horizon, question.season_lengths
        )
        if self._batcher.is_quick(question.served, len(question.series), question.horizon):
            return await work
        return await unless_hung_up(request, work)

    async def _scores(
        self, request: Request, options: PredictOptions, question: Question
    ) -> Scores:
        work = quick_scores(
            question.served,
            question.series,
            [season_length_of(options.season_length, one) for one in question.series],
            question.bounds,
            question.horizon,
            question.intervals,
            batcher=self._batcher,
            settings=self._settings,
        )
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
            response = problem_response(request, error)
        await response(scope, receive, send)
