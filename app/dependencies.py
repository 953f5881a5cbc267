"""What every request can reach: settings, versions, jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from app.jobs.service import Jobs
from app.predict.service import Predictor
from app.requests.request import RequestReader
from app.serving.batcher import Batcher
from app.serving.registry import Registry
from app.serving.shutdown import Shutdown
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class State:
    settings: Settings
    reader: RequestReader
    registry: Registry
    batcher: Batcher
    predictor: Predictor
    jobs: Jobs
    shutdown: Shutdown


async def get_state(request: Request) -> State:
    state: State = request.app.state.service
    return state


ServiceState = Annotated[State, Depends(get_state)]
