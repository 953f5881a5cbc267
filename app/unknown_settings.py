"""Settings that there are not, such as misspelt ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_OF_CLIENTS = {"FORECAST_URL", "FORECAST_API_KEY"}
"""What the Python client and the command line read, which may run in the same environment."""


def unknown_settings(names: Iterable[str], known: Collection[str], prefix: str) -> list[str]:
    """Return what to say about each of the variables that is called like a setting, but is none.

    `names` are those of all variables, and `known` those of the settings, with the `prefix` that
    all of them have.
    """
    problems = []
    for name in sorted(names):
        is_known = name.upper() in known or name.upper() in _OF_CLIENTS
        if not is_known and name.upper().startswith(prefix):
            close = get_close_matches(name.upper(), known, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            problems.append(f"{name}: there is no such setting{meant}")
    return problems
