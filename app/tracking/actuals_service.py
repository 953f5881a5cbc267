"""Answering `POST /actuals`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from starlette.requests import Request

from app.access.caller import current
from app.observation.record import current_record
from app.predict.notes import note_objects
from app.requests.cancellation import deadline
from app.requests.content import headers_of
from app.requests.limits import check_series_count
from app.requests.request import RequestBody, RequestReader
from app.serving.store_threads import in_store_thread
from app.settings.settings import Settings
from app.tracking.actual_values import ActualValues, Matched
from app.tracking.schemas import (
    ActualsObject,
    ActualsOptions,
    ActualsRequest,
    ActualsResponse,
    UnmatchedObject,
)
from app.tracking.service import Tracking
from forecasting.errors import NotFoundError
from forecasting.notes import Note
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class ActualsService:
    """Takes in what really happened."""

    settings: Settings
    store: ModelStore
    reader: RequestReader
    tracking: Tracking

    async def take_in(self, request: Request) -> ActualsResponse:
        """Set the values of a request in the forecasts that they belong to.

        Raises ForecastingError, ServiceError or ValidationError if nothing was taken in.
        """
        body = await self.reader.receive(request, headers_of(request))
        async with deadline(self.settings.request_timeout_s):
            model, given, notes = await self._read(request, body)
            check_series_count(len(given), self.settings.max_series, "FORECAST_MAX_SERIES")
            if model is not None:
                await in_store_thread(current.get().check_sees, model, self.store)
        matched = await self.tracking.set_actuals(given, model)
        answer = _answer(matched, notes)
        if not answer.matched:
            raise NotFoundError(_why_nothing(answer), code="actuals_not_matched")
        return answer

    async def _read(
        self, request: Request, body: RequestBody
    ) -> tuple[str | None, list[ActualValues], list[Note]]:
        """Return the model that a request names, the values in it, and notes on its table."""
        from app.tracking.reading import read_item, read_object

        if not body.is_table:
            parsed = await asyncio.to_thread(ActualsRequest.model_validate_json, body.content)
            one = isinstance(parsed.series, ActualsObject)
            objects = [parsed.series] if isinstance(parsed.series, ActualsObject) else parsed.series
            current_record().series = len(objects)

            def read() -> list[ActualValues]:
                return [
                    read_object(given, ("series",) if one else ("series", position))
                    for position, given in enumerate(objects)
                ]

            return parsed.model, await asyncio.to_thread(read), []
        by_forecast = body.fields.get("by") == "forecast"
        if by_forecast and body.fields.get("layout") != "wide":  # whose columns are forecasts
            body = replace(body, fields={"id_col": "forecast_id"} | dict(body.fields))
        table = await self.reader.read_table(request, body, ActualsOptions)

        def read_items() -> list[ActualValues]:
            return [read_item(item, by_forecast=by_forecast) for item in table.items]

        return table.options.model, await asyncio.to_thread(read_items), list(table.notes)


def _answer(matched: list[Matched], notes: list[Note]) -> ActualsResponse:
    unmatched = [
        UnmatchedObject(
            id=one.given.series,
            target=one.given.target,
            forecast_id=one.given.forecast_id,
            code=note.code,
            message=note.message,
            count=note.count,
        )
        for one in matched
        if (note := one.note()) is not None
    ]
    return ActualsResponse(
        values=sum(one.known.size for one in matched),
        matched=sum(len(one.belongs) for one in matched),
        forecasts=len(set().union(*(one.forecasts for one in matched))),
        replaced=sum(one.replaced for one in matched),
        unmatched=unmatched,
        notes=note_objects(notes),
    )


def _why_nothing(answer: ActualsResponse) -> str:
    if not answer.unmatched:
        return "there is no value in the request: all are null."
    first = answer.unmatched[0]
    name = first.forecast_id or first.id
    return f"no value belongs to a forecast that is kept. {name!r}: {first.message}"
