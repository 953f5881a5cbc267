"""Parts of pages that are made from the code, so that they say what the code does."""

from __future__ import annotations

import re
from types import MappingProxyType

from guide.commands import describe_forecast, describe_training
from guide.operations import describe_operations
from guide.settings import describe_settings

_MARKED = re.compile(r"<!-- generated: (\w+) -->.*?<!-- end -->", re.DOTALL)
_PARTS = MappingProxyType(
    {
        "commands": describe_training,
        "forecast": describe_forecast,
        "operations": describe_operations,
        "settings": describe_settings,
    }
)


def fill(markdown: str) -> str:
    """Return a page with each of its marked parts, which say where to look, made from the code."""
    return _MARKED.sub(lambda part: _PARTS[part[1]](), markdown)
