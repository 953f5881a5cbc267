"""Request bodies that run as they stand, shown on the OpenAPI page and sent by the tests."""

from typing import Any

# Airline passengers a month, thousands, 1949 – 1952: Box and Jenkins (1976), series G.
PASSENGERS = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
    115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
]  # fmt: skip

LONGER_PASSENGERS = [
    *PASSENGERS,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
]  # fmt: skip

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

PASSENGERS_TABLE = "unique_id,ds,y\n" + "".join(
    f"passengers,{1949 + month // 12}-{month % 12 + 1:02}-01,{y}\n"
    for month, y in enumerate(PASSENGERS)
)
"""A file in the long format."""

PREDICT_FORM: dict[str, Any] = {"file": PASSENGERS_TABLE, "horizon": 6, "levels": [80, 95]}
"""The fields of an upload."""

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

BACKTEST_FORM: dict[str, Any] = {"file": PASSENGERS_TABLE, "horizon": 6, "levels": [80, 95]}

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

ALIAS_EXAMPLES: dict[str, Any] = {
    "move": {
        "summary": "To version 1, and why",
        "value": {"version": 1, "reason": "checked by hand"},
    },
}

ROLLBACK_EXAMPLES: dict[str, Any] = {
    "why": {"summary": "With a reason", "value": {"reason": "too high on Mondays"}},
}

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
    "default": {
        "summary": "The default recipe",
        "value": {
            "model": "my-model",
            "series": {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"},
            "horizon": 6,
            "recipe": "lstm",
        },
    },
}

TRAIN_FORM: dict[str, Any] = {
    "file": PASSENGERS_TABLE,
    "model": "my-model",
    "horizon": 6,
    "recipe": '{"units": [8], "context_length": 12, "epochs": 3}',
}
