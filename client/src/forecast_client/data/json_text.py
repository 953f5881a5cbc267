"""Python's and NumPy's values as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from forecast_client.errors import DataError


def to_json(document: Any) -> bytes:
    """Write a document; NumPy's numbers and arrays, and dates, are understood.

    Raises:
        DataError: It holds NaN, infinity, or something that JSON has no form for.
    """
    try:
        return json.dumps(document, default=_plain, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as error:
        raise DataError("A number is infinite or NaN where a number is needed.") from error
    except TypeError as error:
        raise DataError(f"This cannot be sent as JSON: {error}.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "__float__"):
        return float(value)
    raise TypeError(f"{type(value).__name__} is neither a number, a text, a list nor a dict")
