"""`POST /v2/finetune`: trainings of a model on the caller's series, which run as jobs."""

from __future__ import annotations

import asyncio
import hashlib
import time
from itertools import count

from app.access.caller import current
from app.compat.timegpt.finetuning.errors import FinetuningFailedError, FinetuningGoesOnError
from app.compat.timegpt.models import model_of
from app.compat.timegpt.schemas import FinetunePayload
from app.compat.timegpt.series import to_series_items
from app.compat.timegpt.support import check_supported
from app.jobs.request_key import RequestKey
from app.jobs.schemas import Job, JobState
from app.jobs.service import Jobs
from app.serving.shutdown import Shutdown
from app.serving.store_threads import in_store_thread
from app.train.schemas import TrainOptions
from app.train.service import TrainService
from forecasting.errors import RequestError
from forecasting.networks.recipe import RECIPES
from forecasting.store.manifest import PromotePolicy
from forecasting.store.store import ModelStore

_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 45.0
"""How long a client is kept waiting, which by default gives up after 60 s and asks again."""


async def queue_finetuning(payload: FinetunePayload, service: TrainService) -> Job:
    """Queue a training, or return the job that does the same already.

    The client sends a request again if the answer takes long, so the same request, of the same
    caller, gets the same job for as long as that has not failed and its model is there.

    Raises ForecastingError or ServiceError if it cannot be trained.
    """
    check_supported(payload)
    base = model_of(payload) or service.settings.default_model
    recipe = RECIPES["fine-tune"].model_copy(
        update={"base": base, "epochs": payload.finetune_steps}
    )
    caller = current.get()
    asked = f"{caller.key_id} {payload.model_dump_json()}".encode()
    digest = hashlib.sha256(asked).hexdigest()
    options = TrainOptions(
        model=payload.output_model_id or f"{caller.models}{digest[:12]}",
        recipe=recipe,
        promote=PromotePolicy.ALWAYS,
    )
    caller.check_owns(options.model)
    await in_store_thread(_check_free, options.model, service)
    items = await asyncio.to_thread(to_series_items, payload.series, payload.freq, ())
    for attempt in count():
        key = RequestKey(f"timegpt {digest} {attempt}", digest)
        job = await service.jobs.with_key(key)
        if job is None:
            return await service.train(options, items, key)
        if not job.state.is_end or await in_store_thread(_is_there, job, service.store):
            return job
    raise AssertionError


def _check_free(model: str, service: TrainService) -> None:
    """Raise RequestError if a model that was not made by fine-tuning has this name."""
    store = service.store
    versions = store.versions(model)
    fine_tuned = not versions or store.manifest(model, versions[-1]).parent is not None
    if model == service.settings.default_model or not fine_tuned:
        raise RequestError(
            f"there is a model {model!r} already, which was not made by fine-tuning. Choose "
            "another output_model_id.",
            code="name_taken",
            path=("output_model_id",),
        )


def _is_there(job: Job, store: ModelStore) -> bool:
    """Return whether a job has succeeded, and its version has not been deleted since."""
    return job.state is JobState.SUCCEEDED and job.version in store.versions(job.model)


async def await_model(job: Job, jobs: Jobs, shutdown: Shutdown) -> str:
    """Return the model that a job trains, once it is there.

    Raises FinetuningGoesOnError if that takes longer than a client waits, or the service ends, and
    FinetuningFailedError if it does not come.
    """
    end = time.monotonic() + _PATIENCE_SECONDS
    while not job.state.is_end:
        if shutdown.requested or time.monotonic() > end:
            raise FinetuningGoesOnError(job.id)
        await shutdown.wait_at_most(_POLL_SECONDS)
        job = await jobs.get(job.id)
    if job.state is not JobState.SUCCEEDED:
        raise FinetuningFailedError(job.id, why_it_ended(job))
    return job.model


def why_it_ended(job: Job) -> str:
    """Return in words why a job has ended without a model."""
    return f"the job was {job.state}" if job.error is None else job.error.detail
