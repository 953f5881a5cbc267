"""Answering `POST /inspect`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.exception_handlers import error_detail
from app.inspect.schemas import InspectOptions, InspectRequest
from app.requests.cancellation import cancel_on_disconnect, deadline
from app.requests.content import JSON, headers_of
from app.requests.covariates import find_days
from app.requests.limits import check_series_count
from app.requests.request import ParsedRequest, RequestReader, parse_fields
from app.requests.series_items import SeriesFailure, SeriesItem, as_seen, complete
from app.serving.served_version import ServedVersion, VersionSource
from app.settings.settings import Settings
from forecasting.errors import ForecastingError
from forecasting.evaluation.inspection import inspect_series, inspect_training
from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.defaults import choose_season_length
from forecasting.prediction.origins import Contexts
from forecasting.prediction.pipeline import find_fallbacks
from forecasting.series.repair import DateRules, Repair
from forecasting.series.series import Series, read_each
from forecasting.store.store import ModelStore
from forecasting.tables.table_content import UnclearTableError

if TYPE_CHECKING:
    from forecasting.covariates.day_features import DayFeature


@dataclass(frozen=True, slots=True)
class InspectService:
    """Reads series and says what was understood of them."""

    settings: Settings
    versions: VersionSource
    store: ModelStore
    reader: RequestReader

    async def respond(self, request: Request) -> Response:
        """Answer a request.

        Raises ForecastingError, ServiceError or ValidationError if nothing can be read.
        """
        body = await self.reader.receive(request, headers_of(request))
        async with deadline(self.settings.request_timeout_s):
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
        return await asyncio.to_thread(_describe, parsed, unclear, version, self.store)


def _describe(
    parsed: ParsedRequest[InspectRequest | InspectOptions],
    unclear: UnclearTableError | None,
    version: ServedVersion,
    store: ModelStore,
) -> bytes:
    """Read all series, and write the answer in the shape of InspectResponse.

    `unclear` says why there are none in a table that was opened.
    """
    options = parsed.options
    rules = options.date_rules()
    days = find_days(options.calendar)
    signature = version.forecaster.signature
    items = as_seen(parsed.items, signature)
    found = read_each(items, rules)
    results = [
        _complete(item, one, days, options.horizon, signature)
        for item, one in zip(items, found, strict=True)
    ]
    readable = [result for result in results if isinstance(result, Series)]
    shown = list(zip(items, found, results, strict=True))[: options.max_series]
    inspected = _inspect(shown, options, signature)
    described = [
        _unreadable(item, result, rules)
        if isinstance(result, ForecastingError)
        else next(inspected)
        for item, _, result in shown
    ]
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
            "training": inspect_training(readable, store, options.horizon, options.season_length),
            "series": described,
        }
    )


def _complete(
    item: SeriesItem,
    found: Series | ForecastingError,
    days: Sequence[DayFeature],
    horizon: int | None,
    signature: Signature,
) -> Series | ForecastingError:
    """Return a series with the days of the calendar, or the error if there is none.

    What is known of the steps ahead has to be as `/predict` wants it, for the horizon that is asked
    for, if one is, and else for as many steps as there are. It is left out then. A series that ends
    with its last value, as those to train on do, needs nothing there.
    """
    if isinstance(found, ForecastingError):
        return found
    known = 0 if found.covariates is None else len(found.covariates.ahead)
    try:
        series = complete(item, found, days, (horizon or known) if known else None, signature)
    except ForecastingError as error:
        return error
    if series.covariates is None:
        return series
    return replace(series, covariates=series.covariates.ending())


def _inspect(
    shown: Sequence[tuple[SeriesItem, Series | ForecastingError, Series | ForecastingError]],
    options: InspectRequest | InspectOptions,
    signature: Signature,
) -> Iterator[dict[str, Any]]:
    """Describe each series that could be read, and how `/predict` would forecast it.

    Each is given as it was sent, as it was read, and with the covariates that the model gets.
    """
    readable = [
        (item, found, series)
        for item, found, series in shown
        if isinstance(found, Series) and isinstance(series, Series)
    ]
    every = [series for _, _, series in readable]
    lengths = [choose_season_length(options.season_length, series) for series in every]
    fallbacks = find_fallbacks(every, lengths, signature)
    noted = Contexts.apart_from_covariates(every, signature).series
    for position, (item, found, series) in enumerate(readable):
        fallback = fallbacks.get(position)
        inspection = inspect_series(series, fallback, item.bounds(options.bounds()))
        notes = noted[position].notes if fallback is None else series.notes
        history = _history(series, found) if options.values else None
        yield {**series.names, **asdict(inspection), "notes": notes, "history": history}


def _history(series: Series, found: Series) -> dict[str, Any]:
    """Return the values of a series in the shape of History, from its first step on.

    `found` is the series as it was read, with what is known of its covariates ahead.
    """
    values = series.values
    if series.missing is not None:
        values = np.where(series.missing, np.nan, values)
    count = series.dropped + values.size
    steps = series.steps
    return {
        "timestamps": None if series.calendar is None else series.calendar.timestamps(0, count),
        "steps": None if steps is None else steps.numbers(0, count).tolist(),
        "values": [None] * series.dropped + values.tolist(),
        "covariates": dict(_covariates(series, found)),
    }


def _covariates(series: Series, found: Series) -> Iterator[tuple[str, list[float | None]]]:
    """Yield the name of each covariate, with what it is at each step from the first on."""
    given = series.covariates
    if given is None:
        return
    read = found.covariates
    ahead = {} if read is None else dict(zip(read.names, read.ahead.T.tolist(), strict=True))
    for column, name in enumerate(given.names):
        if name not in given.targets:
            past = [None] * series.dropped + given.past[:, column].tolist()
            yield name, past + (ahead.get(name, []) if given.known_ahead[column] else [])


def _frequency(series: Series) -> str:
    return "none" if series.calendar is None else series.calendar.frequency.name


def _unreadable(item: SeriesItem, error: ForecastingError, rules: DateRules) -> dict[str, Any]:
    located = error.at(*item.locate(error.path))
    return {
        **SeriesFailure(0, item.id, item.target, located).document(),
        "repairs": _repairs(item, rules),
    }


def _repairs(item: SeriesItem, rules: DateRules) -> Sequence[Note] | None:
    """Return the notes on the series after a repair; None if there is nothing to repair so."""
    try:
        return item.read(replace(rules, repair=Repair.of_switch(True))).notes or None
    except ForecastingError:
        return None
