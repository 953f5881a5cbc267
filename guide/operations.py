"""The operations of the service and their objects, from its OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx

from app.main import create_app
from app.settings.settings import Settings
from guide.schemas import as_cell, field_rows, shape

_JSON = "application/json"
_FORM = "multipart/form-data"
_METHODS = ("get", "post", "put", "delete")
_TABLE_OPTIONS = "Options of a table"
_PLAIN_LIST = re.compile(r"\[([^\[\]{}]*)\]")


def describe_operations() -> str:
    """Return a section for each operation, by tag, and one for each object that they name."""
    document = asyncio.run(_openapi())
    return "\n".join([*_operations(document), *_table_options(document), *_objects(document)])


async def _openapi() -> Any:
    transport = httpx.ASGITransport(create_app(Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://guide") as client:
        return (await client.get("/openapi.json")).json()


def _operations(document: dict[str, Any]) -> Iterator[str]:
    for tag in document["tags"]:
        yield f"## {tag['name'].capitalize()}\n\n{tag['description']}\n"
        for path, methods in document["paths"].items():
            for method in _METHODS:
                if tag["name"] in methods.get(method, {}).get("tags", []):
                    yield from _operation(f"{method.upper()} {path}", methods[method], document)


def _operation(name: str, operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n\n{operation['description']}\n"
    parameters = [
        (item["name"], f"{item['in']}: {shape(item['schema'])}", _meaning(item))
        for item in operation.get("parameters", [])
        if item["in"] != "query" or "requestBody" not in operation
    ]
    if parameters:
        yield _table(("parameter", "where, and what", "meaning"), parameters)
    if "requestBody" in operation:
        yield from _body(operation["requestBody"], document)
    yield _answers(operation["responses"])
    yield from _scopes(operation.get("security", []))
    yield from _example(name, operation)


def _body(body: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    content = body["content"]
    schema = document["components"]["schemas"][content[_JSON]["schema"]["$ref"].rpartition("/")[2]]
    optional = "" if body["required"] else ", which may be left out"
    yield f"The body is JSON{optional}:\n"
    yield _table(("field", "what", "meaning"), field_rows(schema))
    if _FORM in content:
        anchor = _TABLE_OPTIONS.lower().replace(" ", "-")
        yield (
            f"Or it is a [table](../guides/batches.md#tables): an upload as `{_FORM}`, with the "
            "fields above in the form, or the table itself, with them in the address; both take "
            f"[the options of a table](#{anchor}), too.\n"
        )


def _answers(responses: dict[str, Any]) -> str:
    """Say what each status means; those of errors are explained on a page of their own."""
    good = []
    for status, response in responses.items():
        if status < "4":
            content = response.get("content", {})
            schema = content.get(_JSON, {}).get("schema")
            others = [f"`{media_type}`" for media_type in content if media_type != _JSON]
            what = [shape(schema)] if schema else []
            listed = ", ".join([*what, *others]) or "nothing"
            good.append(f"**{status}** {HTTPStatus(int(status)).phrase}: {listed}")
    bad = [status for status in responses if status >= "4"]
    errors = f" Errors: {', '.join(bad)} ([their codes](errors.md))." if bad else ""
    return f"{'; '.join(good)}.{errors}\n"


def _scopes(security: list[dict[str, list[str]]]) -> Iterator[str]:
    """Say which keys are good for an operation, if it takes keys at all."""
    scopes = sorted({scope for choice in security for some in choice.values() for scope in some})
    if scopes:
        listed = " or ".join(f"`{scope}`" for scope in scopes)
        yield f"If the service asks for [keys](../guides/access.md): one of the scope {listed}.\n"


def _example(name: str, operation: dict[str, Any]) -> Iterator[str]:
    """Show the first example of a request as a command, and an example of the answer."""
    path = name.partition(" ")[2]
    examples = operation.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("examples")
    if examples and "{" not in path:
        body = _compact(next(iter(examples.values()))["value"])
        header = "-H 'content-type: application/json'"
        yield f"```sh\ncurl localhost:8000{path} {header} -d '{body}'\n```\n"
    for response in operation["responses"].values():
        answer = response.get("content", {}).get(_JSON, {}).get("example")
        if answer is not None:
            yield f"What an answer looks like:\n\n```json\n{_compact(answer)}\n```\n"


def _compact(value: object) -> str:
    """Write JSON with a line for each field, and lists of numbers or texts in one."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _PLAIN_LIST.sub(lambda found: f"[{' '.join(found[1].split())}]", text)


def _table_options(document: dict[str, Any]) -> Iterator[str]:
    """List the fields of forms that are not those of the JSON document beside them."""
    found: dict[str, tuple[str, str, str]] = {}
    for methods in document["paths"].values():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if _FORM in content:
            reference = content[_JSON]["schema"]["$ref"].rpartition("/")[2]
            known = document["components"]["schemas"][reference]["properties"]
            for row in field_rows(content[_FORM]["schema"]):
                if row[0].removesuffix("*") not in known:
                    found.setdefault(row[0], row)
    yield f"## {_TABLE_OPTIONS}\n"
    yield _table(("field", "what", "meaning"), list(found.values()))


def _objects(document: dict[str, Any]) -> Iterator[str]:
    yield "## Objects\n"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f"### {name}\n"
        if "description" in schema:
            yield f"{schema['description']}\n"
        if schema.get("properties"):
            yield _table(("field", "what", "meaning"), field_rows(schema))
        else:
            yield f"{shape(schema)}\n"


def _meaning(parameter: dict[str, Any]) -> str:
    return as_cell(parameter.get("description", ""))


def _table(heads: tuple[str, ...], rows: list[tuple[str, str, str]]) -> str:
    lines = [heads, ("---",) * len(heads), *((f"`{first}`", *rest) for first, *rest in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
