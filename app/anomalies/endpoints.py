"""Which values of a series were not to be expected."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.anomalies.examples import ANOMALIES_EXAMPLES, ANOMALIES_FORM
from app.anomalies.render import to_table
from app.anomalies.schemas import AnomaliesOptions, AnomaliesRequest, AnomaliesResponse
from app.anomalies.service import answer, ask, run
from app.dependencies import ServiceState, State
from app.openapi.operations import json_body, problems, tables_too, with_tables
from app.requests.body import accept_of, headers_of
from app.requests.content_negotiation import JSON, negotiate
from app.requests.deadline import deadline
from app.requests.disconnect import unless_hung_up
from app.requests.series_items import Item

router = APIRouter(tags=["forecasts"])


@router.post(
    "/anomalies",
    summary="Find the values that a model did not expect",
    response_model=AnomaliesResponse,
    responses=tables_too("JSON, or one long table") | problems(400, 404, 406, 413, 415, 422, 503),
    openapi_extra=with_tables(
        json_body(AnomaliesRequest, ANOMALIES_EXAMPLES),
        AnomaliesOptions,
        ANOMALIES_FORM,
    ),
)
async def anomalies(request: Request, state: ServiceState) -> Response:
    """Judge each value of your series by what the model expected one step before it.

    With `last`, only the latest values are judged: send a series again as its values come in.
    """
    headers = headers_of(request)
    media_type = negotiate(accept_of(headers))
    async with deadline(state.settings.request_timeout_s):
        asked, items = await state.reader.read(request, headers, AnomaliesRequest, AnomaliesOptions)
        content = await unless_hung_up(request, _answer(asked, items, media_type, state))
    return Response(content, media_type=media_type)


async def _answer(
    asked: AnomaliesOptions, items: Sequence[Item], media_type: str, state: State
) -> bytes:
    served = await state.registry.get(asked.model, asked.version)
    question = await asyncio.to_thread(ask, asked, items, served, state.settings)
    found = await run(question, state.batcher)
    write = answer if media_type == JSON else partial(to_table, media_type=media_type)
    return await asyncio.to_thread(write, question, found)
