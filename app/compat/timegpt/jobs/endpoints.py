"""What TimeGPT's clients ask for as jobs.

Forecasts take less time than a job does to start. So they are made at once, and kept until they are
fetched. Trainings are jobs as those of `/train`.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from app.compat.answers import json_answer
from app.compat.routing import protocol_router
from app.compat.timegpt.finetuning.training import why_it_ended
from app.compat.timegpt.forecasts.endpoints import (
    timegpt_cross_validation,
    timegpt_forecast,
    timegpt_latest_anomalies,
)
from app.compat.timegpt.jobs.kept_answers import KeptAnswers
from app.dependencies import (
    AnomalyPart,
    AuditPart,
    BacktestPart,
    JobsPart,
    PredictPart,
    SettingsPart,
)
from app.errors import JobEndedError, JobNotFoundError
from app.jobs.schemas import Job, JobKind, JobState
from forecasting.errors import RequestError

_STATES = {JobState.QUEUED: "pending"}
"""The states that have another name."""


async def _kept_answers(
    settings: SettingsPart,
) -> KeptAnswers:
    return KeptAnswers(settings.jobs_dir / ".timegpt")


Answers = Annotated[KeptAnswers, Depends(_kept_answers)]

router = protocol_router()


@router.post("/v2/forecast/async", status_code=202)
async def timegpt_forecast_job(
    request: Request, service: PredictPart, answers: Answers
) -> dict[str, str]:
    """Forecast one series, or many, and keep the answer."""
    return await _keep(await timegpt_forecast(request, service), answers)


@router.post("/v2/cross_validation/async", status_code=202)
async def timegpt_cross_validation_job(
    request: Request, service: BacktestPart, anomalies: AnomalyPart, answers: Answers
) -> dict[str, str]:
    """Forecast windows at the end of each series, and keep the answer."""
    return await _keep(await timegpt_cross_validation(request, service, anomalies), answers)


@router.post("/v2/anomaly_detection/async", status_code=202)
async def timegpt_latest_anomalies_job(
    request: Request, service: BacktestPart, answers: Answers
) -> dict[str, str]:
    """Judge the last values of each series, and keep the answer."""
    return await _keep(await timegpt_latest_anomalies(request, service), answers)


@router.post("/v2/{task}/async")
async def timegpt_other_job(task: Literal["simulate", "explain", "execute_step"]) -> None:
    """Refuse what is not done here."""
    message = f"{task} is not done here. The guide says at /guide what is."
    raise RequestError(message, code="not_supported")


@router.get("/v2/{task}/jobs/{job_id}")
async def timegpt_job(job_id: str, jobs: JobsPart, answers: Answers) -> Response:
    """Say how a job stands, and what came of it."""
    answer = await asyncio.to_thread(answers.get, job_id)
    if answer is not None:
        return await _tell(job_id, JobState.SUCCEEDED, result=orjson.Fragment(answer))
    job = await jobs.get(job_id)
    if job.kind is not JobKind.TRAINING:
        raise JobNotFoundError(f"Job {job_id} is a {job.kind}; GET /jobs/{job_id} shows it.")
    succeeded = job.state is JobState.SUCCEEDED
    result = {"finetuned_model_id": job.model} if succeeded else None
    failed = job.state is JobState.FAILED
    return await _tell(
        job_id, job.state, result=result, error=why_it_ended(job) if failed else None
    )


@router.post("/v2/async/jobs/{job_id}/cancel", status_code=202)
async def timegpt_cancel_job(
    job_id: str, request: Request, jobs: JobsPart, answers: Answers, audit: AuditPart
) -> dict[str, str]:
    """Cancel a training."""
    if await asyncio.to_thread(answers.get, job_id) is not None:
        raise JobEndedError(f"Job {job_id} has succeeded, so it cannot be cancelled.")
    job: Job = await jobs.cancel(job_id)
    audit.record(request, "cancel_job", job=job_id, model=job.model)
    return {"job_id": job_id}


async def _keep(answer: Response, answers: KeptAnswers) -> dict[str, str]:
    return {"job_id": await asyncio.to_thread(answers.add, bytes(answer.body))}


async def _tell(job_id: str, state: JobState, **outcome: Any) -> Response:
    status = _STATES.get(state, state.value)
    told = {"job_id": job_id, "status": status, "result": None, "error": None} | outcome
    return await json_answer(told)
