"""Training a model again because the version that it serves drifts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from app.access.audit import AuditLog
from app.errors import ServiceError
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Job, JobKind
from app.jobs.service import Jobs
from app.serving.store_threads import in_store_thread
from app.settings.settings import Settings
from app.train.planning import check_frequencies
from forecasting.errors import ForecastingError
from forecasting.evaluation.data_split import find_split_points
from forecasting.jobs.fit_options import FitOptions
from forecasting.networks.recipe import Recipe, ResolvedRecipe
from forecasting.notes import Note
from forecasting.series.series import Series
from forecasting.series.series_file import load_series
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore

_log = logging.getLogger("app")
_NOT_AGAIN_FOR = timedelta(days=7)


def can_be_retrained(manifest: Manifest) -> bool:
    """Return whether a version was trained by a recipe, on values alone."""
    return _recipe(manifest) is not None


def _recipe(manifest: Manifest) -> ResolvedRecipe | None:
    """Return the recipe that a version can be trained by again; None if there is none."""
    if manifest.signature.covariates:
        return None
    try:
        return ResolvedRecipe.model_validate(manifest.recipe)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class Retraining:
    """Queues the training of a model whose version drifts, as FORECAST_RETRAIN_ON_DRIFT says.

    There is none while one of the model waits or runs, and at most one in seven days for each
    version: a training that brings nothing better would bring nothing better the next day, either.
    """

    settings: Settings
    store: ModelStore
    jobs: Jobs
    audit: AuditLog

    async def start(self, model: str, version: int, pasts: Sequence[bytes]) -> Job | None:
        """Queue a training on the pasts of all series of a model; return None if there is none."""
        try:
            return await self._start(model, version, pasts)
        except (ForecastingError, ServiceError) as error:
            _log.error("%s/%d drifts, but it is not trained again: %s", model, version, error)
            return None

    async def _start(self, model: str, version: int, pasts: Sequence[bytes]) -> Job | None:
        if await in_store_thread(self.store.default_version, model) != version:
            return None
        manifest = await in_store_thread(self.store.manifest, model, version)
        recipe = _recipe(manifest)
        if recipe is None or not pasts:
            return None
        under_way = (
            job.model == model and job.kind is JobKind.TRAINING and not job.state.is_end
            for job in await self.jobs.newest_first()
        )
        if any(under_way):
            return None
        series = await asyncio.to_thread(_read, pasts)
        check_frequencies(series)
        find_split_points(series, recipe)
        period = (datetime.now(UTC) - manifest.created_at) // _NOT_AGAIN_FOR
        # No caller's key begins with a space.
        key = RequestKey(f" drift {model}/{version} {period}", "")
        known = await self.jobs.with_key(key)
        if known is not None:
            return None
        options = FitOptions(
            model=model,
            recipe=Recipe.model_validate(recipe.model_dump()),
            horizon=recipe.horizon,
            season_length=recipe.season_length,
            seed=manifest.seed or 0,
            keep=self.settings.keep_versions,
        )
        why = Note(
            "retrained_on_drift",
            f"Version {version} is drifting, so that the model is trained again on the series as "
            "they came last.",
            len(series),
        )
        job = await self.jobs.add_training(options, series, [why], key=key)
        self.audit.record(None, "retrain", model=model, version=version, job=job.id)
        return job


def _read(pasts: Sequence[bytes]) -> list[Series]:
    return [series for document in pasts for series in load_series(document)]
