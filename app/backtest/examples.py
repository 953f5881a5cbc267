"""Requests that run as they stand, and an answer: the OpenAPI page shows them, and the tests send
them."""

from __future__ import annotations

from typing import Any

from app.predict.examples import LONGER_PASSENGERS, PASSENGERS, PASSENGERS_TABLE

BACKTEST_EXAMPLES: dict[str, Any] = {
    "raw": {
        "summary": "Two windows of six months",
        "value": {"series": PASSENGERS, "horizon": 6, "windows": 2, "season_length": 12},
    },
    "dated": {
        "summary": "Overlapping windows, two intervals, scores alone",
        "value": {
            "series": {
                "id": "passengers",
                "values": PASSENGERS,
                "start": "1949-01-01",
                "frequency": "MS",
            },
            "horizon": 3,
            "windows": 4,
            "step": 1,
            "levels": [80, 95],
            "forecasts": False,
        },
    },
}

BACKTEST_JOB_EXAMPLES: dict[str, Any] = {
    "job": {
        "summary": "As a job",
        "value": {"series": PASSENGERS, "horizon": 6, "season_length": 12, "job": True},
    },
    "refit": {
        "summary": "A job that trains a version for each window",
        "value": {
            "model": "airline-passengers",
            "series": {"values": LONGER_PASSENGERS, "start": "1949-01-01", "frequency": "MS"},
            "horizon": 6,
            "windows": 2,
            "refit": True,
        },
    },
}

BACKTEST_FORM: dict[str, Any] = {"file": PASSENGERS_TABLE, "horizon": 6, "levels": "80,95"}

_SCORES: dict[str, Any] = {
    "model": {
        "mase": 0.26,
        "smape": 2.865,
        "rmse": 6.995,
        "wql": 0.02279,
        "coverage": {"80": 0.9167, "95": 1.0},
    },
    "seasonal_naive": {
        "mase": 1.325,
        "smape": 15.76,
        "rmse": 30.54,
        "wql": 0.1021,
        "coverage": {"80": 0.8333, "95": 1.0},
    },
    "theta": {
        "mase": 0.3261,
        "smape": 3.692,
        "rmse": 7.915,
        "wql": 0.02611,
        "coverage": {"80": 0.6667, "95": 1.0},
    },
}

BACKTEST_ANSWER: dict[str, Any] = {
    "model": "zero-shot",
    "version": 5,
    "horizon": 3,
    "windows": 4,
    "step": 1,
    "overall": _SCORES,
    "series": [
        {
            "id": "passengers",
            "frequency": "MS",
            "season_length": 12,
            "scores": _SCORES,
            "windows": None,
            "notes": [],
        }
    ],
    "notes": [],
}
"""The answer to the example `dated`, its numbers rounded."""
