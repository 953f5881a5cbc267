"""How endpoints reach the parts of the service that the application was built from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import FastAPI
from starlette.requests import Request

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
