"""Whole numbers, numbers and switches in requests are taken as they are written, and no others."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

import app
from app.backup.archive import Index
from app.settings.settings import Settings

NUMBERS = {"int", "float", "bool"}
PARTS = ("schema", "items_schema", "values_schema", "choices")
"""Where a schema of pydantic's core has others in it."""


def request_models() -> list[type[BaseModel]]:
    """Return the models that refuse fields which they do not know, as those of requests do."""
    names = [module.name for module in pkgutil.walk_packages(app.__path__, "app.")]
    modules = [import_module(name) for name in names if not name.endswith("__main__")]
    models = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseModel)
    }
    requests = models - {Settings, Index}
    return sorted(
        (
            model
            for model in requests
            if model.__module__.startswith("app.") and model.model_config.get("extra") == "forbid"
        ),
        key=str,
    )


def lax_fields(node: Any, path: tuple[str, ...], named: dict[str, Any], strict: bool) -> list[str]:
    """Return the places in a schema of pydantic's core that take something else for a number
    without saying so."""
    if not isinstance(node, dict):
        parts = [part[0] if isinstance(part, tuple) else part for part in node or ()]
        return [lax for part in parts for lax in lax_fields(part, path, named, strict)]
    kind = node["type"]
    if kind == "definition-ref":  # Once, for a schema may hold itself.
        return lax_fields(named.pop(node["schema_ref"], None), path, named, strict)
    if kind == "model-fields":
        fields = node["fields"].items()
        return [
            lax
            for name, field in fields
            for lax in lax_fields(field["schema"], (*path, name), named, strict)
        ]
    if kind in NUMBERS:
        return [] if strict or "strict" in node else [".".join(path)]
    named |= {each["ref"]: each for each in node.get("definitions", ())}
    if kind == "model":
        strict = node.get("config", {}).get("strict", False)
    below = [node[name] for name in PARTS if name in node]
    below = [
        [*part.values()] if isinstance(part, dict) and "type" not in part else part
        for part in below
    ]
    return [lax for part in below for lax in lax_fields(part, path, named, strict)]


@pytest.mark.parametrize("model", request_models(), ids=lambda model: model.__name__)
def test_no_field_takes_a_text_or_a_switch_for_a_number(model: type[BaseModel]) -> None:
    assert lax_fields(model.__pydantic_core_schema__, (), {}, strict=False) == []
