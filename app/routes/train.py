"""Training jobs."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.body import read_json_body
from app.examples import TRAIN_EXAMPLES
from app.openapi import json_body, problems
from app.schemas.series import to_series
from app.schemas.train import Job, JobList, TrainRequest
from app.state import ServiceState
from forecasting.errors import SeriesError
from forecasting.recipe import Recipe, parse_recipe
from forecasting.series import Series

router = APIRouter(tags=["training"])


@router.post(
    "/train",
    summary="Train a model on your own series",
    status_code=202,
    response_model=Job,
    responses=problems(400, 413, 415, 422, 429),
    openapi_extra=json_body(TrainRequest, TRAIN_EXAMPLES),
)
async def train(request: Request, response: Response, state: ServiceState) -> Job:
    """Train a new version of a model on your own series.

    Answers at once with the job, which runs on its own; `Location` leads to it. When it succeeds,
    its version is served without a restart.
    """
    body = await read_json_body(request, state.settings.max_body_bytes)
    asked = TrainRequest.model_validate_json(body)
    series = await asyncio.to_thread(to_series, asked.series, state.settings.max_series)
    _check_alike(series)
    recipe = asked.recipe if isinstance(asked.recipe, Recipe) else parse_recipe(asked.recipe)
    job = await state.jobs.add(asked, recipe, series)
    response.headers["Location"] = f"/jobs/{job.id}"
    return job


@router.get("/jobs", summary="List the jobs", response_model=JobList)
async def list_jobs(state: ServiceState) -> JobList:
    """All jobs, the newest first."""
    return JobList(jobs=await state.jobs.newest_first())


@router.get(
    "/jobs/{job_id}",
    summary="Show how a job stands",
    response_model=Job,
    responses=problems(404, 422),
)
async def show_job(job_id: str, state: ServiceState) -> Job:
    """How a job stands: its state, its progress, and in the end its version and scores.

    The scores are those on the held-out tail of the series, beside seasonal naive's.
    """
    return await state.jobs.get(job_id)


def _check_alike(series: list[Series]) -> None:
    """Raises SeriesError where series share an id, or differ in frequency."""
    ids: set[str] = set()
    frequencies = {None if s.calendar is None else s.calendar.frequency for s in series}
    if len(frequencies) > 1:
        raise SeriesError(
            "the series have different frequencies, or dates for some only: "
            f"{', '.join(sorted(map(str, frequencies)))}. Train one model a frequency.",
            code="frequencies_differ",
            path=("series",),
        )
    for place, one in enumerate(series):
        name = str(place) if one.id is None else one.id
        if name in ids:
            raise SeriesError(
                f"the id {name!r} is given to more than one series.",
                code="id_repeated",
                path=("series", place, "id"),
            )
        ids.add(name)
