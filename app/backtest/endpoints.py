"""How good the forecasts of a series would have been."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.backtest.examples import BACKTEST_EXAMPLES, BACKTEST_FORM, BACKTEST_JOB_EXAMPLES
from app.backtest.refits import check_refit
from app.backtest.render import check_table, to_table
from app.backtest.schemas import BacktestOptions, BacktestRequest, BacktestResponse
from app.backtest.service import BacktestQuestion, ask, run
from app.dependencies import ServiceState, State
from app.jobs.idempotency import IdempotencyKey, request_key
from app.jobs.schemas import Job
from app.openapi.operations import json_body, problems, tables_too, with_tables
from app.requests.body import accept_of, headers_of
from app.requests.content_negotiation import JSON, negotiate
from app.requests.deadline import deadline
from app.requests.disconnect import unless_hung_up
from app.requests.request import RequestBody
from forecasting.evaluation.backtest_report import to_json

router = APIRouter(tags=["forecasts"])


@router.post(
    "/backtest",
    summary="Score a model on your own series",
    response_model=BacktestResponse,
    responses=tables_too("JSON, or one long table")
    | problems(400, 404, 406, 413, 415, 422, 429, 503, 507)
    | {202: {"model": Job, "description": "It runs as a job; `Location` leads to it."}},
    openapi_extra=with_tables(
        json_body(BacktestRequest, BACKTEST_EXAMPLES | BACKTEST_JOB_EXAMPLES),
        BacktestOptions,
        BACKTEST_FORM,
    ),
)
async def backtest(
    request: Request, state: ServiceState, idempotency_key: IdempotencyKey = None
) -> Response:
    """Forecast the end of your series from what lies before it, several times over, and score that.

    The scores stand beside those of seasonal naive and the Theta method on the same windows. What
    is long, or trains a version for each window (`refit`), runs as a job: 202, and the answer is at
    `/jobs/{id}/result` when that has succeeded.
    """
    headers = headers_of(request)
    media_type = negotiate(accept_of(headers))
    async with deadline(state.settings.request_timeout_s):
        body = await state.reader.receive(request, headers)
        key = await request_key(idempotency_key, body)
        known = await state.jobs.with_key(key)
        if known is not None:
            return _accepted(known)
        question = await _question(request, body, media_type, state)
        if not question.as_job:
            content = await unless_hung_up(request, _answer(question, media_type, state))
            return Response(content, media_type=media_type)
    return _accepted(await state.jobs.add_backtest(question.task, refit=question.refit, key=key))


async def _question(
    request: Request, body: RequestBody, media_type: str, state: State
) -> BacktestQuestion:
    asked, items = await state.reader.parse(request, body, BacktestRequest, BacktestOptions)
    if media_type != JSON:
        check_table(asked)
    served = await state.registry.get(asked.model, asked.version)
    question = await asyncio.to_thread(ask, asked, items, served, state.settings)
    if question.refit:
        await asyncio.to_thread(check_refit, question, state.registry.store, state.settings)
    return question


async def _answer(question: BacktestQuestion, media_type: str, state: State) -> bytes:
    found = await run(await asyncio.to_thread(question.work), state.batcher)
    if media_type == JSON:
        return await asyncio.to_thread(to_json, question.task, found)
    return await asyncio.to_thread(to_table, question, found, media_type)


def _accepted(job: Job) -> Response:
    headers = {"Location": f"/jobs/{job.id}"}
    return Response(job.model_dump_json(), 202, headers, media_type=JSON)
