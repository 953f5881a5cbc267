"""Requests that run as they stand: the OpenAPI page shows them, and the tests send them."""

from __future__ import annotations

from typing import Any

from app.openapi.passengers import PASSENGERS, PASSENGERS_TABLE

PREDICT_EXAMPLES: dict[str, Any] = {
    "raw": {
        "summary": "One raw series",
        "value": {"series": PASSENGERS, "horizon": 12},
    },
    "dated": {
        "summary": "Dates in, dates out, two intervals",
        "value": {
            "series": {
                "id": "passengers",
                "values": PASSENGERS,
                "start": "1949-01-01",
                "frequency": "MS",
            },
            "horizon": 6,
            "levels": [80, 95],
        },
    },
    "scored": {
        "summary": "With the scores of a quick backtest",
        "value": {"series": PASSENGERS, "horizon": 6, "season_length": 12, "scores": True},
    },
    "many": {
        "summary": "Several series, a missing value, quantiles",
        "value": {
            "series": [
                {"id": "a", "values": PASSENGERS},
                {"id": "b", "values": [*PASSENGERS[:20], None, *PASSENGERS[21:36]]},
            ],
            "horizon": 3,
            "levels": [],
            "quantiles": [0.1, 0.5, 0.9],
        },
    },
    "repaired": {
        "summary": "Local times with an hour left out and one out of order, repaired",
        "value": {
            "series": {
                "values": PASSENGERS[:8],
                "timestamps": [
                    *("2024-03-30T20:00", "2024-03-30T21:00", "2024-03-30T23:00"),
                    *("2024-03-30T22:00", "2024-03-31T00:00", "2024-03-31T01:00"),
                    *("2024-03-31T03:00", "2024-03-31T05:00"),
                ],
                "timezone": "Europe/Berlin",
            },
            "horizon": 3,
            "repair": True,
        },
    },
    "bounded": {
        "summary": "Whole numbers within bounds",
        "value": {
            "series": {"values": PASSENGERS, "integer": True, "lower": 100, "upper": 250},
            "horizon": 6,
        },
    },
    "partial": {
        "summary": "A series that cannot be forecast, and the others answered",
        "value": {
            "series": [{"id": "good", "values": PASSENGERS}, {"id": "bad", "values": [None, None]}],
            "horizon": 2,
            "on_error": "partial",
        },
    },
    "calibrated": {
        "summary": "Intervals corrected by the latest past of the series",
        "value": {"series": PASSENGERS, "horizon": 6, "levels": [80, 95], "calibrate": True},
    },
}

PREDICT_FORM: dict[str, Any] = {"file": PASSENGERS_TABLE, "horizon": 6, "levels": "80,95"}
"""The fields of an upload."""
