"""pandas and pyarrow, which are imported when something of them is first used: they take 70 MiB.

Threads that import parts of one package at the same time wait for each other: Python then lets one
of them fail, and has been seen to hang. So the first thread that uses something of either imports
both, and the others wait until it has.
"""

from __future__ import annotations

import sys
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

__all__ = ["pa", "pd"]

_importing = Lock()


class _Library:
    """Stands for a package until something of it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        with _importing:
            import_module("pandas")  # and, with it, pyarrow
            import_module("pyarrow")
        found = getattr(sys.modules[self._name], attribute)
        setattr(self, attribute, found)
        return found


if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
else:
    pd, pa = _Library("pandas"), _Library("pyarrow")
