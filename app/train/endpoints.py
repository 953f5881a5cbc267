"""Asking for a model of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.dependencies import ServiceState
from app.jobs.idempotency import IdempotencyKey, request_key
from app.jobs.inputs import name_of
from app.jobs.schemas import Job
from app.openapi.document import json_body, problems, with_tables
from app.openapi.examples import TRAIN_EXAMPLES, TRAIN_FORM
from app.requests.body import headers_of
from app.requests.series_items import Item, check_number, to_series
from app.settings import Settings
from app.train.schemas import TrainOptions, TrainRequest
from app.train.training_data import check_frequencies, check_observations
from forecasting.errors import RecipeError, SeriesError
from forecasting.evaluation.data_split import find_ends
from forecasting.networks.recipe import (
    Recipe,
    ResolvedRecipe,
    choose_recipe,
    resolve,
    resolve_from_base,
)
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from forecasting.store.store import ModelStore

router = APIRouter(tags=["training"])


@router.post(
    "/train",
    summary="Train a model on your own series",
    status_code=202,
    response_model=Job,
    responses=problems(400, 413, 415, 422, 429, 503, 507),
    openapi_extra=with_tables(json_body(TrainRequest, TRAIN_EXAMPLES), TrainOptions, TRAIN_FORM),
)
async def train(
    request: Request,
    response: Response,
    state: ServiceState,
    idempotency_key: IdempotencyKey = None,
) -> Job:
    """Train a new version of a model on your own series.

    Answers at once with the job, which runs on its own; `Location` leads to it. When it succeeds,
    its version is served without a restart. Sent again with the same `Idempotency-Key` and the same
    content, a request gets the job that it got before.
    """
    body = await state.reader.receive(request, headers_of(request))
    key = await request_key(idempotency_key, body)
    job = await state.jobs.asked_before(key)
    if job is None:
        asked, items = await state.reader.parse(request, body, TrainRequest, TrainOptions)
        recipe, series = await asyncio.to_thread(
            _check, asked, items, state.settings, state.registry.store
        )
        job = await state.jobs.add_training(asked, recipe, series, key=key)
    response.headers["Location"] = f"/jobs/{job.id}"
    return job


def _check(
    asked: TrainOptions, items: Sequence[Item], settings: Settings, store: ModelStore
) -> tuple[Recipe, list[Series]]:
    """Recipe and series of a job that can be trained.

    Raises SeriesError or RecipeError, for all that can be known before the training.
    """
    check_number(items, settings.max_training_series, "FORECAST_MAX_TRAINING_SERIES")
    series = to_series(items, repair=asked.repair)
    check_observations(series, settings)
    check_frequencies(series)
    _check_ids(series)
    recipe = choose_recipe(asked.recipe, asked.base)
    find_ends(series, _resolve(recipe, asked, series[0].calendar, store))
    return recipe, series


def _resolve(
    recipe: Recipe, asked: TrainOptions, calendar: Calendar | None, store: ModelStore
) -> ResolvedRecipe:
    season_length = asked.season_length or (
        1 if calendar is None else calendar.frequency.season_length
    )
    if recipe.base is not None:
        base = store.find_base(recipe.base)
        signature = store.manifest(base.model, base.version).signature
        return resolve_from_base(
            recipe, signature, horizon=asked.horizon, season_length=season_length
        )
    try:
        return resolve(recipe, horizon=asked.horizon, season_length=season_length)
    except RecipeError as error:
        raise error.under("recipe") from error


def _check_ids(series: list[Series]) -> None:
    """Raises SeriesError where series share an id."""
    ids: set[str] = set()
    for place, one in enumerate(series):
        name = name_of(one, place)
        if name in ids:
            raise SeriesError(
                f"the id {name!r} is given to more than one series.",
                code="id_repeated",
                path=("series", place, "id"),
            )
        ids.add(name)
