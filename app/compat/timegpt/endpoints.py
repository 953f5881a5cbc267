"""TimeGPT's paths, at the root and below `/timegpt`."""

from __future__ import annotations

from fastapi import APIRouter

from app.compat.timegpt import account_endpoints, forecast_endpoints

router = APIRouter()

for _prefix in ("", "/timegpt"):
    for _endpoints in (account_endpoints, forecast_endpoints):
        router.include_router(_endpoints.router, prefix=_prefix)
