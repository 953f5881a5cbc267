"""What every request can reach: settings, versions, jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from app.batcher import Batcher
from app.closing import Closing
from app.jobs.jobs import Jobs
from app.predict import Predictor
from app.registry import Registry
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class State:
    settings: Settings
    registry: Registry
    batcher: Batcher
    predictor: Predictor
    jobs: Jobs
    closing: Closing


async def get_state(request: Request) -> State:
    state: State = request.app.state.service
    return state


ServiceState = Annotated[State, Depends(get_state)]
