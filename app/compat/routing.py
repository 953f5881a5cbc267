"""The routes of other systems' protocols in the application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from app.compat.protocols import PROTOCOLS


class ProtocolRoute(APIRoute):
    """A route of a protocol. Metrics name it by its endpoint, such as `timegpt_forecast`."""


def protocol_router(**options: Any) -> APIRouter:
    """Return a router for the endpoints of one protocol; `options` are those of APIRouter.

    The OpenAPI document leaves them out, for their contracts are others'.
    """
    return APIRouter(route_class=ProtocolRoute, include_in_schema=False, **options)


def include_protocols(app: FastAPI, names: Iterable[str]) -> None:
    """Add the endpoints of the named protocols after all that the application has."""
    for name in names:
        app.include_router(PROTOCOLS[name].router())
