"""Which values of a series were not to be expected."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.anomalies import answer, ask, run
from app.body import read_json_body
from app.deadline import deadline
from app.examples import ANOMALIES_EXAMPLES
from app.hang_up import unless_hung_up
from app.openapi import json_body, problems
from app.schemas.anomalies import AnomaliesRequest, AnomaliesResponse
from app.state import ServiceState, State

router = APIRouter(tags=["forecasts"])


@router.post(
    "/anomalies",
    summary="Find the values that a model did not expect",
    response_model=AnomaliesResponse,
    responses=problems(400, 404, 413, 415, 422, 503),
    openapi_extra=json_body(AnomaliesRequest, ANOMALIES_EXAMPLES),
)
async def anomalies(request: Request, state: ServiceState) -> Response:
    """Judge each value of your series by what the model expected one step before it.

    With `last`, only the latest values are judged: send a series again as its values come in.
    """
    async with deadline(state.settings.request_timeout_s):
        body = await read_json_body(request, state.settings.max_body_bytes)
        content = await unless_hung_up(request, _answer(body, state))
    return Response(content, media_type="application/json")


async def _answer(body: bytes, state: State) -> bytes:
    asked = await asyncio.to_thread(AnomaliesRequest.model_validate_json, body)
    served = await state.registry.get(asked.model, asked.version)
    question = await asyncio.to_thread(ask, asked, served, state.settings)
    return await asyncio.to_thread(answer, question, await run(question, state.batcher))
