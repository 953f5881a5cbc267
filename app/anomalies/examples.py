"""Requests that run as they stand, and an answer: the OpenAPI page shows them, and the tests send
them."""

from __future__ import annotations

from typing import Any

from app.predict.examples import PASSENGERS, PASSENGERS_TABLE

ANOMALIES_EXAMPLES: dict[str, Any] = {
    "history": {
        "summary": "Every month after the first two years, one of them spoiled",
        "value": {
            "series": {
                "id": "passengers",
                "values": [*PASSENGERS[:40], 90, *PASSENGERS[41:]],
                "start": "1949-01-01",
                "frequency": "MS",
            },
            "level": 99,
            "warm_up": 24,
        },
    },
    "latest": {
        "summary": "The latest value alone, as it comes in",
        "value": {"series": [*PASSENGERS, 400], "season_length": 12, "last": 1},
    },
}

ANOMALIES_FORM: dict[str, Any] = {"file": PASSENGERS_TABLE, "last": 12, "upper": 1000}

ANOMALIES_ANSWER: dict[str, Any] = {
    "model": "zero-shot",
    "version": 5,
    "level": 99.0,
    "series": [
        {
            "id": None,
            "frequency": None,
            "anomalies": [48],
            "index": [48],
            "timestamps": None,
            "steps": None,
            "actual": [400.0],
            "expected": [196.2],
            "lower": [174.1],
            "upper": [219.8],
            "outside": [True],
            "score": [8.65],
            "notes": [],
        }
    ],
    "notes": [],
}
"""The answer to the example `latest`, its numbers rounded."""
