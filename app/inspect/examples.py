"""Requests that run as they stand, and an answer: the OpenAPI page shows them, and the tests send
them."""

from __future__ import annotations

from typing import Any

from app.predict.examples import PASSENGERS, PASSENGERS_TABLE

INSPECT_EXAMPLES: dict[str, Any] = {
    "dated": {
        "summary": "A series with a gap",
        "value": {
            "series": {
                "id": "passengers",
                "values": [*PASSENGERS[:20], None, *PASSENGERS[21:]],
                "start": "1949-01-01",
                "frequency": "MS",
            }
        },
    },
    "unordered": {
        "summary": "A series that cannot be read as it is",
        "value": {
            "series": {
                "values": PASSENGERS[:4],
                "timestamps": ["2024-01-01", "2024-01-03", "2024-01-02", "2024-01-04"],
            }
        },
    },
}

INSPECT_FORM: dict[str, Any] = {"file": PASSENGERS_TABLE}

INSPECT_ANSWER: dict[str, Any] = {
    "table": None,
    "error": None,
    "notes": [],
    "model": "zero-shot",
    "version": 5,
    "count": 1,
    "unreadable": 0,
    "frequencies": {"MS": 1},
    "training": {
        "makes_sense": False,
        "windows": 1,
        "detail": "With the default recipe, auto, and a horizon of 12, the training windows "
        "number 1, and fewer than 50 are hardly enough to learn from. Give more "
        "history, more series or a shorter horizon. A model that needs no "
        "training, such as zero-shot, forecasts them as they are.",
    },
    "series": [
        {
            "id": "passengers",
            "observed": 47,
            "missing": 1,
            "lowest": 104.0,
            "highest": 242.0,
            "start": "1949-01-01T00:00:00",
            "end": "1952-12-01T00:00:00",
            "frequency": "MS",
            "seasons": [{"length": 12, "strength": 0.95}],
            "covariates": [],
            "non_negative": True,
            "fallback": None,
            "notes": [
                {
                    "code": "missing_values_filled",
                    "message": "Missing values were filled by linear interpolation, at the end "
                    "with the last value.",
                    "count": 1,
                }
            ],
            "history": None,
        }
    ],
}
"""The answer to the example `dated`, its numbers rounded."""
