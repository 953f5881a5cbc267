"""How endpoints reach the parts of the service that the application was built from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI
from starlette.requests import Request

from app.jobs.service import Jobs
from app.requests.request import RequestReader
from app.serving.registry import Registry
from app.serving.shutdown import Shutdown
from app.settings import Settings

Part = TypeVar("Part")


def provide(app: FastAPI, *parts: object) -> None:
    """Make parts available to the endpoints of an application, each by its class."""
    app.state.parts = {type(part): part for part in parts}


def provided(kind: type[Part]) -> Callable[[Request], Awaitable[Part]]:
    """Return a dependency that gives an endpoint the application's part of that class."""

    async def find(request: Request) -> Part:
        part: Part = request.app.state.parts[kind]
        return part

    return find


@dataclass(frozen=True, slots=True)
class State:
    settings: Settings
    reader: RequestReader
    registry: Registry
    jobs: Jobs
    shutdown: Shutdown


async def get_state(request: Request) -> State:
    state: State = request.app.state.service
    return state


ServiceState = Annotated[State, Depends(get_state)]
