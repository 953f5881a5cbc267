"""Answering `POST /predict`: from the bytes of the request to the bytes of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from app.errors import DeadlineError
from app.observation.record import current_record
from app.predict.planning import PlannedPrediction, plan_prediction
from app.predict.render import Answer, SeriesScores, render_json, render_table
from app.predict.schemas import PredictOptions, PredictRequest
from app.requests.cancellation import cancel_on_disconnect, deadline
from app.requests.content import (
    JSON,
    accept_of,
    headers_of,
    negotiate,
)
from app.requests.effort import check_effort
from app.requests.request import ParsedRequest, RequestBody, RequestReader, parse_partially
from app.requests.series_items import SeriesItem, to_items
from app.requests.series_schemas import are_plain
from app.serving.batcher import Batcher
from app.serving.effort import run_plan
from app.serving.served_version import VersionSource
from app.settings.settings import Settings
from app.tracking.service import Tracking
from forecasting.errors import RequestError
from forecasting.prediction.pipeline import ForecastPlan, finish
from forecasting.types import Floats

if TYPE_CHECKING:
    from app.predict.explanation import Explained

_LARGE_BODY = 2 * 2**20


@dataclass(frozen=True, slots=True)
class PredictService:
    """Takes every request along the same road: parse, prepare, run the network, finish, render.

    A plain JSON request stays on the event loop, for it is answered in less time than a hand-over
    to a thread takes. Whatever may take longer is done in threads.
    """

    settings: Settings
    versions: VersionSource
    batcher: Batcher
    reader: RequestReader
    tracking: Tracking
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a picture is drawn."""

    async def respond(self, request: Request) -> Response:
        """Answer a request.

        Raises ForecastingError, ServiceError or ValidationError if it cannot be answered.
        """
        headers = headers_of(request)
        media_type = negotiate(accept_of(headers))
        body = await self.reader.receive(request, headers)
        try:
            async with asyncio.timeout(self.settings.request_timeout_s):
                content = await self._answer(request, body, media_type)
        except TimeoutError as error:
            raise DeadlineError(self.settings.request_timeout_s) from error
        return Response(content, media_type=media_type)

    async def forecast(
        self, request: Request, options: PredictOptions, items: Sequence[SeriesItem]
    ) -> Answer:
        """Forecast series that were read from a request in the protocol of another system.

        Raises ForecastingError or ServiceError if that cannot be done.
        """
        current_record().series = len(items)
        async with deadline(self.settings.request_timeout_s):
            parsed = ParsedRequest(options, items)
            return await self._forecast_in_threads(request, parsed, with_stretches=False)

    async def draw(self, request: Request) -> bytes:
        """Draw the forecast of one series and its explanation, as PNG.

        Raises ForecastingError, ServiceError or ValidationError if that cannot be done.
        """
        body = await self.reader.receive(request, headers_of(request))
        async with deadline(self.settings.request_timeout_s):
            parsed = await self.reader.parse(request, body, PredictRequest, PredictOptions)
            if len(parsed.items) != 1:
                raise RequestError(
                    f"a picture shows one forecast, and this would take {len(parsed.items)}. Send "
                    "one series, with one target, at a time.",
                    code="picture_of_one_series",
                    path=("series",),
                )
            what_is_drawn = {"explain": True, "scores": False, "on_error": "fail", "track": False}
            options = parsed.options.model_copy(update=what_is_drawn)
            answer = await self._forecast_in_threads(
                request, replace(parsed, options=options), with_stretches=True
            )
            async with self.drawing:
                return await asyncio.to_thread(_draw, answer)

    async def _answer(self, request: Request, body: RequestBody, media_type: str) -> bytes:
        if body.is_table:
            table = await self.reader.parse(request, body, PredictRequest, PredictOptions)
            return await self._answer_in_threads(request, table, media_type)
        try:
            parsed = PredictRequest.model_validate_json(body.content)
        except ValidationError as error:
            partial = await asyncio.to_thread(parse_partially, body.content, error, PredictOptions)
            return await self._answer_in_threads(request, partial, media_type)
        items = to_items(parsed.series)
        current_record().series = len(items)
        if (
            len(body.content) > _LARGE_BODY
            or parsed.calibrate
            or parsed.scores
            or parsed.effort == "best"
            or parsed.explain
            or parsed.track
            or parsed.calendar
            or not are_plain(parsed.series)
            or media_type != JSON
        ):
            return await self._answer_in_threads(request, ParsedRequest(parsed, items), media_type)
        version = await self.versions.get(parsed.model, parsed.version)
        prediction = plan_prediction(parsed, items, version, self.settings)
        _, predicted = await self._run_network(request, prediction)
        return render_json(Answer(prediction, finish(prediction.plan, predicted)))

    async def _answer_in_threads(
        self, request: Request, parsed: ParsedRequest[PredictOptions], media_type: str
    ) -> bytes:
        if parsed.options.scores and media_type != JSON:
            raise RequestError(
                "a table has no room for scores; ask for JSON (accept: application/json), or for "
                "POST /backtest.",
                code="scores_not_available",
                path=("scores",),
            )
        answer = await self._forecast_in_threads(request, parsed, with_stretches=media_type == JSON)
        if media_type == JSON:
            return await asyncio.to_thread(render_json, answer)
        return await asyncio.to_thread(render_table, answer, media_type)

    async def _forecast_in_threads(
        self, request: Request, parsed: ParsedRequest[PredictOptions], *, with_stretches: bool
    ) -> Answer:
        """Forecast with all options. Explanations have stretches of the past if these are shown."""
        options, most_values = parsed.options, self.settings.max_forecast_values
        version = await self.versions.get(options.model, options.version)
        prediction = await asyncio.to_thread(
            plan_prediction, options, parsed.items, version, self.settings
        )
        planned = prediction.plan
        check_effort(planned, most_values)
        if options.calibrate:
            from app.predict.calibration import calibrate, check_calibration

            check_calibration(planned, most_values)
        if options.explain:
            from app.predict.explanation import check_explanation, explain_each

            check_explanation(planned, most_values, with_stretches=with_stretches)
        plan, predicted = await self._run_network(request, prediction)
        scores: SeriesScores = ()
        if options.scores:
            from app.predict.scores import quick_scores

            work = quick_scores(prediction, options, self.batcher, self.settings)
            scores = await cancel_on_disconnect(request, work)
        if options.calibrate:
            calibrating = calibrate(plan, predicted, version, self.batcher)
            plan, predicted = await cancel_on_disconnect(request, calibrating)
        prediction = replace(prediction, plan=plan)
        finished = await asyncio.to_thread(finish, plan, predicted)
        explained: Sequence[Explained] = ()
        if options.explain:
            explaining = explain_each(
                planned, finished, version, self.batcher, with_stretches=with_stretches
            )
            explained = await cancel_on_disconnect(request, explaining)
        answer = Answer(prediction, finished, scores, explained, parsed.notes)
        if options.track:
            return answer._replace(forecast_ids=await self.tracking.keep(answer))
        return answer

    async def _run_network(
        self, request: Request, prediction: PlannedPrediction
    ) -> tuple[ForecastPlan, Floats]:
        """Run the network in the batcher; unless that is quick, stop if the client leaves."""
        plan, version = prediction.plan, prediction.version
        work = run_plan(plan, version, self.batcher)
        quick = self.batcher.is_quick(version, plan.contexts, plan.horizon)
        if quick and plan.effort != "best":
            return await work
        return await cancel_on_disconnect(request, work)


def _draw(answer: Answer) -> bytes:
    """Draw an answer. matplotlib is imported when the first one is drawn."""
    from app.predict.picture import draw

    return draw(answer)
