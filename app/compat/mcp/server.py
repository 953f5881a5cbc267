"""The server that the package `mcp` speaks the protocol for."""

from __future__ import annotations

import asyncio
import base64
from functools import cache
from typing import Any

import orjson
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    ImageContent,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ToolDescription
from starlette.requests import ClientDisconnect, Request

from app import __version__
from app.compat.mcp.calls import to_request, wants_picture
from app.compat.mcp.messages import given_arguments
from app.compat.mcp.tools import TOOLS, Tool
from app.dependencies import provided
from app.exception_handlers import problem_response
from app.observation.middleware import name_operation
from app.openapi.answers import PngResponse
from app.predict.service import PredictService
from forecasting.errors import ForecastingError

_INSTRUCTIONS = (
    "Forecasts of time series by neural networks, ready for any series without training. Give "
    "series as numbers, oldest first, or a whole table as text. Answers come as a short text, and "
    "as a whole in the structured content. Intervals say how sure a forecast is: tell people of "
    "them, and of the notes."
)


def make_server() -> Server[Any]:
    """Return the server, whose tools are the operations of the service."""
    return Server(
        "forecasting",
        title="Forecasting service",
        version=__version__,
        instructions=_INSTRUCTIONS,
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
    )


async def _list_tools(_: Any, __: PaginatedRequestParams | None) -> ListToolsResult:
    return _tools()


@cache
def _tools() -> ListToolsResult:
    return ListToolsResult(tools=[_describe(tool) for tool in TOOLS.values()])


def _describe(tool: Tool) -> ToolDescription:
    return ToolDescription(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.takes,
        output_schema=tool.answers.model_json_schema(),
        annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


async def _call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
    """Answer a call. What the agent can mend is told in the result, as the specification wants."""
    tool = TOOLS.get(params.name)
    if tool is None:
        message = f"There is no tool {params.name!r}. There are {', '.join(TOOLS)}."
        raise MCPError(INVALID_PARAMS, message)
    outer: Request = context.request
    name_operation(outer.scope, f"mcp_{tool.name}")
    try:
        given = given_arguments(outer.scope, params.arguments)
        return await _answer(tool, _without_nulls(given), outer)
    except ClientDisconnect:
        return CallToolResult(content=[], is_error=True)  # Nobody receives it.
    except Exception as error:  # noqa: BLE001  every error is told
        problem = orjson.loads(problem_response(outer, _placed(error)).body)
        return CallToolResult(
            content=[TextContent(text=problem["error"]["message"])], is_error=True
        )


def _without_nulls(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call without those that are null, as some agents send all."""
    return {name: value for name, value in given.items() if value is not None}


def _placed(error: Exception) -> Exception:
    """Return an error with its place among the arguments, where a table is no file."""
    if isinstance(error, ForecastingError) and error.path[:1] == ("file",):
        return error.at("table", *error.path[1:])
    return error


async def _answer(tool: Tool, given: dict[str, Any], outer: Request) -> CallToolResult:
    is_drawn = wants_picture(tool, given)
    response = await tool.respond(await asyncio.to_thread(to_request, tool, given, outer))
    answer = await asyncio.to_thread(orjson.loads, response.body)
    content: list[ContentBlock] = [TextContent(text=tool.tell(answer))]
    if is_drawn:
        service = await provided(PredictService)(outer)
        drawn = await service.draw(await asyncio.to_thread(to_request, tool, given, outer))
        picture = base64.b64encode(drawn).decode()
        content.append(ImageContent(data=picture, mime_type=PngResponse.media_type))
    return CallToolResult(content=content, structured_content=answer)
