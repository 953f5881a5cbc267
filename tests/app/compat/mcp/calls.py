"""Has the client of the package `mcp` call the tools that a file names, and prints what it got."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from mcp import Client, MCPError


async def call(client: Client, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        found = await client.call_tool(name, arguments)
    except MCPError as error:
        return {"refused": str(error)}
    return found.model_dump(mode="json", by_alias=True)


async def main(url: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    async with Client(url) as client:
        listed = await client.list_tools()
        found = [await call(client, name, arguments) for name, arguments in calls]
        assert client.server_info is not None
        told = {
            "server": client.server_info.model_dump(mode="json"),
            "instructions": client.instructions,
            "tools": [tool.model_dump(mode="json", by_alias=True) for tool in listed.tools],
            "answers": found,
        }
    sys.stdout.write(json.dumps(told))


asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))
