"""How good the forecasts of a series would have been."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.backtests import answer, ask, run
from app.body import read_json_body
from app.deadline import deadline
from app.examples import BACKTEST_EXAMPLES
from app.hang_up import unless_hung_up
from app.openapi import json_body, problems
from app.schemas.backtest import BacktestRequest, BacktestResponse
from app.state import ServiceState, State

router = APIRouter(tags=["forecasts"])


@router.post(
    "/backtest",
    summary="Score a model on your own series",
    response_model=BacktestResponse,
    responses=problems(400, 404, 413, 415, 422, 503),
    openapi_extra=json_body(BacktestRequest, BACKTEST_EXAMPLES),
)
async def backtest(request: Request, state: ServiceState) -> Response:
    """Forecast the end of your series from what lies before it, several times over, and score that.

    The scores stand beside those of seasonal naive and the Theta method on the same windows.
    """
    async with deadline(state.settings.request_timeout_s):
        body = await read_json_body(request, state.settings.max_body_bytes)
        content = await unless_hung_up(request, _answer(body, state))
    return Response(content, media_type="application/json")


async def _answer(body: bytes, state: State) -> bytes:
    asked = await asyncio.to_thread(BacktestRequest.model_validate_json, body)
    served = await state.registry.get(asked.model, asked.version)
    question = await asyncio.to_thread(ask, asked, served, state.settings)
    return await asyncio.to_thread(answer, question, await run(question.work, state.batcher))
