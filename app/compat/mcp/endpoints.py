"""The path that agents send their messages to."""

from __future__ import annotations

import asyncio
from importlib import import_module

from starlette.requests import Request
from starlette.responses import Response

from app.compat.mcp.messages import take_apart
from app.compat.mcp.refusals import AgentsUnavailableError
from app.compat.routing import protocol_router
from app.dependencies import SettingsPart
from app.requests.content import headers_of, read_body

router = protocol_router()


@router.post("/mcp")
async def mcp(request: Request, settings: SettingsPart) -> Response:
    """Answer a message of an agent.

    The package that speaks the protocol takes two seconds to import, so that the first message
    does it and not the start of the service.
    """
    try:
        sessions = await asyncio.to_thread(import_module, "app.compat.mcp.sessions")
    except ModuleNotFoundError as error:
        raise AgentsUnavailableError(error) from error
    await sessions.check_names(request, settings)
    body = await read_body(request, headers_of(request), settings)
    response: Response = sessions.SessionResponse(await take_apart(body, request.scope), settings)
    return response
