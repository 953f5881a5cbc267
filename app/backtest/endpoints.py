"""The endpoint that backtests a model on the caller's series."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.backtest.examples import BACKTEST_EXAMPLES, BACKTEST_FORM, BACKTEST_JOB_EXAMPLES
from app.backtest.schemas import BacktestOptions, BacktestRequest, BacktestResponse
from app.dependencies import BacktestPart
from app.jobs.idempotency import IdempotencyKey
from app.jobs.schemas import Job
from app.openapi.operations import json_body, problems, tables_too, with_tables

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
    request: Request, service: BacktestPart, idempotency_key: IdempotencyKey = None
) -> Response:
    """Forecast the end of your series from what lies before it, several times over, and score that.

    The scores stand beside those of seasonal naive and the Theta method on the same windows. A
    backtest that is long, or that trains a version for each window (`refit`), runs as a job: the
    answer is then 202, and the result is at `/jobs/{id}/result` once the job has succeeded.
    """
    return await service.respond(request, idempotency_key)
