"""Answering `POST /anomalies`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.anomalies.planning import AnomalySearch, plan_search
from app.anomalies.render import render_json, render_table
from app.anomalies.schemas import AnomaliesOptions, AnomaliesRequest
from app.observation.record import current_record
from app.requests.cancellation import cancel_on_disconnect, deadline
from app.requests.content import JSON, accept_of, headers_of, negotiate
from app.requests.request import ParsedRequest, RequestReader
from app.requests.series_items import SeriesItem
from app.serving.batcher import Batcher
from app.serving.forecasting import forecast_pasts
from app.serving.served_version import VersionSource
from app.settings.settings import Settings
from forecasting.evaluation.anomalies import score_anomalies
from forecasting.prediction.forecaster import Forecast
from forecasting.prediction.quantiles import interval_quantiles


@dataclass(frozen=True, slots=True)
class AnomalyService:
    """Searches series for values that a version did not expect one step before them."""

    settings: Settings
    versions: VersionSource
    batcher: Batcher
    reader: RequestReader

    async def respond(self, request: Request) -> Response:
        """Answer a request.

        Raises ForecastingError, ServiceError or ValidationError if it cannot be answered.
        """
        headers = headers_of(request)
        media_type = negotiate(accept_of(headers))
        body = await self.reader.receive(request, headers)
        async with deadline(self.settings.request_timeout_s):
            parsed = await self.reader.parse(request, body, AnomaliesRequest, AnomaliesOptions)
            work = self._answer(parsed, media_type)
            content = await cancel_on_disconnect(request, work)
        return Response(content, media_type=media_type)

    async def expect(
        self,
        request: Request,
        options: AnomaliesOptions,
        items: Sequence[SeriesItem],
        quantiles: tuple[float, ...],
    ) -> tuple[AnomalySearch, Forecast]:
        """Forecast, one step before each, the values of series that came in another's protocol.

        Returns which values these are, and the forecasts with the rising quantiles, (n, 1, q).

        Raises ForecastingError or ServiceError if that cannot be done.
        """
        current_record().series = len(items)
        async with deadline(self.settings.request_timeout_s):
            return await cancel_on_disconnect(request, self._search(options, items, quantiles))

    async def _answer(self, parsed: ParsedRequest[AnomaliesOptions], media_type: str) -> bytes:
        options, notes = parsed.options, parsed.notes
        band = interval_quantiles(options.level)
        search, forecast = await self._search(options, parsed.items, band)
        scores = score_anomalies(search.values.actual(), forecast)
        if media_type == JSON:
            return await asyncio.to_thread(render_json, search, scores, notes)
        return await asyncio.to_thread(render_table, search, scores, media_type, notes)

    async def _search(
        self,
        options: AnomaliesOptions,
        items: Sequence[SeriesItem],
        quantiles: tuple[float, ...],
    ) -> tuple[AnomalySearch, Forecast]:
        """Plan a search, and forecast the values of all series, one series after another."""
        version = await self.versions.get(options.model, options.version)
        search = await asyncio.to_thread(plan_search, options, items, version, self.settings)
        values, index = search.values, search.values.owners()
        forecast = await forecast_pasts(
            await asyncio.to_thread(values.pasts),
            version,
            self.batcher,
            horizon=1,
            quantiles=quantiles,
            season_lengths=[search.season_lengths[position] for position in index],
            bounds=[search.bounds[position] for position in index],
        )
        return search, forecast
