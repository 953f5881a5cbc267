"""TimeGPT's paths, at the root and below `/timegpt`."""

from __future__ import annotations

from fastapi import APIRouter

from app.compat.timegpt import account
from app.compat.timegpt.finetuning import endpoints as finetuning
from app.compat.timegpt.forecasts import endpoints as forecasts
from app.compat.timegpt.jobs import endpoints as jobs

router = APIRouter()

for _prefix in ("", "/timegpt"):
    for _endpoints in (account, forecasts, finetuning, jobs):
        router.include_router(_endpoints.router, prefix=_prefix)
