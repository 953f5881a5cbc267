"""Requests that run as they stand, and an answer: the OpenAPI page shows them, and the tests send
them."""

from __future__ import annotations

from typing import Any

from app.predict.examples import PASSENGERS, PASSENGERS_TABLE, SALES, SALES_AND_VISITS

TRAIN_EXAMPLES: dict[str, Any] = {
    "small": {
        "summary": "A small network, trained in seconds",
        "value": {
            "model": "my-model",
            "series": {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"},
            "horizon": 6,
            "recipe": {"units": [8], "context_length": 12, "epochs": 3},
        },
    },
    "fine-tune": {
        "summary": "Go on training the zero-shot model",
        "value": {
            "model": "my-model",
            "series": {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"},
            "horizon": 6,
            "base": "zero-shot",
        },
    },
    "covariates": {
        "summary": "Sales with promotions and holidays, which later requests then have to bring",
        "value": {
            "model": "my-model",
            "series": SALES,
            "calendar": ["holidays:DE"],
            "horizon": 7,
            "recipe": {"units": [8], "context_length": 14, "epochs": 3},
        },
    },
    "targets": {
        "summary": "Sales and visits, each of which is forecast from the past of both",
        "value": {
            "model": "my-model",
            "series": SALES_AND_VISITS,
            "horizon": 7,
            "recipe": {"units": [8], "context_length": 14, "epochs": 3},
        },
    },
    "default": {
        "summary": "The default recipe",
        "value": {
            "model": "my-model",
            "series": {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"},
            "horizon": 6,
        },
    },
}

TRAIN_FORM: dict[str, Any] = {
    "file": PASSENGERS_TABLE,
    "model": "my-model",
    "horizon": 6,
    "recipe": '{"units": [8], "context_length": 12, "epochs": 3}',
}

TRAIN_ANSWER: dict[str, Any] = {
    "id": "1f76915155ee87bf",
    "kind": "training",
    "state": "queued",
    "model": "my-model",
    "owner": None,
    "created_at": "2026-01-31T12:00:00Z",
    "notes": [],
    "started_at": None,
    "ended_at": None,
    "cancel_requested_at": None,
    "attempts": [],
    "progress": None,
    "version": None,
    "evaluation": None,
    "promotion": None,
    "candidates": None,
    "error": None,
}
"""The answer to the example `small`, its numbers rounded."""
