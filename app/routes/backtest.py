"""How good the forecasts of a series would have been."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.backtest_table import check_table, to_table
from app.backtests import answer, ask, run
from app.body import accept_of, headers_of
from app.deadline import deadline
from app.examples import BACKTEST_EXAMPLES, BACKTEST_FORM
from app.hang_up import unless_hung_up
from app.items import Item
from app.media import JSON, choose
from app.openapi import json_body, problems, tables_too, with_tables
from app.reading import read_request
from app.schemas.backtest import BacktestOptions, BacktestRequest, BacktestResponse
from app.state import ServiceState, State

router = APIRouter(tags=["forecasts"])


@router.post(
    "/backtest",
    summary="Score a model on your own series",
    response_model=BacktestResponse,
    responses=tables_too("JSON, or one long table") | problems(400, 404, 406, 413, 415, 422, 503),
    openapi_extra=with_tables(
        json_body(BacktestRequest, BACKTEST_EXAMPLES), BacktestOptions, BACKTEST_FORM
    ),
)
async def backtest(request: Request, state: ServiceState) -> Response:
    """Forecast the end of your series from what lies before it, several times over, and score that.

    The scores stand beside those of seasonal naive and the Theta method on the same windows.
    """
    headers = headers_of(request)
    media_type = choose(accept_of(headers))
    async with deadline(state.settings.request_timeout_s):
        asked, items = await read_request(
            request, headers, BacktestRequest, BacktestOptions, state.settings
        )
        content = await unless_hung_up(request, _answer(asked, items, media_type, state))
    return Response(content, media_type=media_type)


async def _answer(
    asked: BacktestOptions, items: Sequence[Item], media_type: str, state: State
) -> bytes:
    if media_type != JSON:
        check_table(asked)
    served = await state.registry.get(asked.model, asked.version)
    question = await asyncio.to_thread(ask, asked, items, served, state.settings)
    found = await run(question.work, state.batcher)
    write = answer if media_type == JSON else partial(to_table, media_type=media_type)
    return await asyncio.to_thread(write, question, found)
