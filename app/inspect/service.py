"""Answering `POST /inspect`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.exception_handlers import error_detail
from app.inspect.schemas import InspectOptions, InspectRequest
from app.requests.cancellation import cancel_on_disconnect, deadline
from app.requests.content import JSON, headers_of
from app.requests.covariates import complete_covariates, find_days
from app.requests.limits import check_series_count
from app.requests.request import ParsedRequest, RequestReader, parse_fields
from app.requests.series_items import SeriesItem
from app.serving.served_version import ServedVersion, VersionSource
from app.settings import Settings
from forecasting.errors import ForecastingError
from forecasting.evaluation.inspection import inspect_series, inspect_training
from forecasting.notes import Note
from forecasting.series.repair import DateRules, Repair
from forecasting.series.series import Series, read_each
from forecasting.tables.table_content import UnclearTableError

if TYPE_CHECKING:
    from forecasting.covariates.day_features import DayFeature


@dataclass(frozen=True, slots=True)
class InspectService:
    """Reads series and says what was understood of them."""

    settings: Settings
    versions: VersionSource
    reader: RequestReader

    async def respond(self, request: Request) -> Response:
        """Answer a request.

        Raises ForecastingError, ServiceError or ValidationError if nothing can be read.
        """
        async with deadline(self.settings.request_timeout_s):
            body = await self.reader.receive(request, headers_of(request))
            unclear: UnclearTableError | None = None
            try:
                parsed = await self.reader.parse(request, body, InspectRequest, InspectOptions)
            except UnclearTableError as error:
                unclear = error
                options, _ = parse_fields(body.fields, InspectOptions)
                parsed = ParsedRequest(options, [], understood=error.understood)
            content = await cancel_on_disconnect(request, self._answer(parsed, unclear))
        return Response(content, media_type=JSON)

    async def _answer(
        self,
        parsed: ParsedRequest[InspectRequest | InspectOptions],
        unclear: UnclearTableError | None,
    ) -> bytes:
        options = parsed.options
        version = await self.versions.get(options.model, options.version)
        limit = self.settings.max_series
        check_series_count(len(parsed.items), limit, "FORECAST_MAX_SERIES")
        return await asyncio.to_thread(_describe, parsed, unclear, version)


def _describe(
    parsed: ParsedRequest[InspectRequest | InspectOptions],
    unclear: UnclearTableError | None,
    version: ServedVersion,
) -> bytes:
    """Read all series, and write the answer in the shape of InspectResponse.

    `unclear` says why there are none in a table that was opened.
    """
    options = parsed.options
    rules = options.date_rules()
    shortest = version.forecaster.signature.shortest_context
    days = find_days(options.calendar)
    described: list[dict[str, Any]] = []
    readable: list[Series] = []
    for item, found in zip(parsed.items, read_each(parsed.items, rules), strict=True):
        try:
            series = _complete(found, days)
        except ForecastingError as error:
            described.append(_unreadable(item, error, rules))
            continue
        readable.append(series)
        if len(described) < options.max_series:
            inspection = inspect_series(series, shortest, item.bounds(options.bounds()))
            described.append({"id": series.id, **asdict(inspection), "notes": series.notes})
        else:
            described.append({})
    return orjson.dumps(
        {
            "table": parsed.understood,
            "error": None if unclear is None else error_detail(unclear).model_dump(),
            "notes": parsed.notes,
            "model": version.manifest.model,
            "version": version.manifest.version,
            "count": len(parsed.items),
            "unreadable": len(parsed.items) - len(readable),
            "frequencies": Counter(map(_frequency, readable)),
            "training": inspect_training(readable, options.horizon, options.season_length),
            "series": described[: options.max_series],
        }
    )


def _complete(found: Series | ForecastingError, days: Sequence[DayFeature]) -> Series:
    """Return a series with the days of the calendar. Raises ForecastingError if there is none."""
    if isinstance(found, ForecastingError):
        raise found
    return complete_covariates(found, days, None, exact=True)


def _frequency(series: Series) -> str:
    return "none" if series.calendar is None else series.calendar.frequency.name


def _unreadable(item: SeriesItem, error: ForecastingError, rules: DateRules) -> dict[str, Any]:
    located = error.at(*item.locate(error.path))
    return {
        "id": item.id,
        "error": error_detail(located).model_dump(),
        "repairs": _repairs(item, rules),
    }


def _repairs(item: SeriesItem, rules: DateRules) -> Sequence[Note] | None:
    """Return the notes on the series after a repair; None if that does not make it readable."""
    try:
        return item.read(replace(rules, repair=Repair.of_switch(True))).notes
    except ForecastingError:
        return None
