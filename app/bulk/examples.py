"""Requests for bulk jobs, which run where their locations are allowed, and an answer."""

from __future__ import annotations

from typing import Any

from app.train.examples import TRAIN_ANSWER

BULK_EXAMPLES: dict[str, Any] = {
    "forecasts": {
        "summary": "Forecasts of all series of a file",
        "value": {
            "input": "/data/sales.parquet",
            "output": "/data/forecasts.parquet",
            "horizon": 14,
            "levels": [80, 95],
        },
    },
    "columns": {
        "summary": "A folder in an object store, with columns of other names",
        "value": {
            "input": "s3://shop/sales",
            "output": "s3://shop/forecasts",
            "id_col": "store,article",
            "time_col": "day",
            "target_col": "sold",
            "horizon": 14,
        },
    },
    "backtest": {
        "summary": "Scores of each series",
        "value": {
            "input": "/data/sales.parquet",
            "output": "/data/scores.parquet",
            "operation": "backtest",
            "horizon": 14,
            "windows": 3,
        },
    },
    "anomalies": {
        "summary": "The latest values of each series that were not expected",
        "value": {
            "input": "/data/sales.parquet",
            "output": "/data/anomalies.parquet",
            "operation": "anomalies",
            "last": 7,
        },
    },
}

BULK_ANSWER = TRAIN_ANSWER | {
    "id": "8c0f5bd1b3c94e2a",
    "kind": "bulk",
    "model": "zero-shot",
    "version": 5,
}
"""The answer to the example `forecasts`."""
