"""Requests that run as they stand, and an answer: the OpenAPI page shows them, and the tests send
them.

The examples of other operations use the same series.
"""

from __future__ import annotations

from typing import Any

PASSENGERS = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
    115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
]  # fmt: skip
"""Airline passengers per month in thousands, 1949 to 1952: Box and Jenkins (1976), series G."""

LONGER_PASSENGERS = [
    *PASSENGERS,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
]  # fmt: skip
"""The same until 1954, enough to train a version on."""

PASSENGERS_TABLE = "unique_id,ds,y\n" + "".join(
    f"passengers,{1949 + month // 12}-{month % 12 + 1:02}-01,{y}\n"
    for month, y in enumerate(PASSENGERS)
)
"""The shorter series as a CSV file in the long format."""

PROMOTIONS = {4, 18, 19, 25, 32, 36, 42, 44, 47, 50, 53, 57, 61}
SALES: dict[str, Any] = {
    "start": "2024-03-04",
    "frequency": "D",
    "values": [
        22, 20, 20, 20, 39, 30, 27, 20, 23, 19, 23, 23, 28, 30,
        19, 22, 21, 21, 39, 44, 26, 19, 23, 22, 22, 38, 29, 26,
        18, 21, 20, 21, 38, 30, 28, 19, 38, 23, 24, 23, 29, 30,
        34, 22, 36, 20, 24, 45, 27, 19, 37, 19, 22, 39, 31, 29,
    ],
    "future_covariates": {"promo": [day in PROMOTIONS for day in range(63)]},
}  # fmt: skip
"""Made up: what a shop sold on the days of eight weeks, with promotions, two of them ahead."""

SALES_AND_VISITS: dict[str, Any] = {
    "id": "centre",
    "start": "2024-03-04",
    "frequency": "D",
    "targets": {
        "sales": SALES["values"],
        "visits": [round(2.5 * sold) + day % 4 for day, sold in enumerate(SALES["values"][1:])]
        + [64],
    },
}
"""Made up: the same sales, and how many visited the shop on the day before each."""

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
    "tracked": {
        "summary": "Kept, so that /actuals can say what really happened",
        "value": {
            "series": {
                "id": "passengers",
                "values": PASSENGERS,
                "start": "1949-01-01",
                "frequency": "MS",
            },
            "horizon": 6,
            "track": True,
        },
    },
    "scored": {
        "summary": "With the scores of a quick backtest",
        "value": {"series": PASSENGERS, "horizon": 6, "season_length": 12, "scores": True},
    },
    "best": {
        "summary": "With the best effort: several looks at the series, weighted",
        "value": {"series": PASSENGERS, "horizon": 6, "season_length": 12, "effort": "best"},
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
    "covariates": {
        "summary": "Sales that follow promotions, two of which are planned",
        "value": {"series": SALES, "horizon": 7},
    },
    "explained": {
        "summary": "Why the forecast is what it is: level, season, promotions and the network",
        "value": {"series": SALES, "horizon": 7, "explain": True},
    },
    "targets": {
        "summary": "Sales and visits of one shop, each of which is forecast",
        "value": {"series": SALES_AND_VISITS, "horizon": 7},
    },
    "calendar": {
        "summary": "Weekends and holidays in each month",
        "value": {
            "series": {"values": PASSENGERS, "start": "1949-01-01", "frequency": "MS"},
            "horizon": 6,
            "calendar": ["holidays:US", "weekend"],
        },
    },
    "calibrated": {
        "summary": "Intervals corrected by the latest past of the series",
        "value": {"series": PASSENGERS, "horizon": 6, "levels": [80, 95], "calibrate": True},
    },
}

PICTURE_EXAMPLES = {name: PREDICT_EXAMPLES[name] for name in ("covariates", "dated")}
"""Requests with one series each, to be drawn."""

PREDICT_FORM: dict[str, Any] = {"file": PASSENGERS_TABLE, "horizon": 6, "levels": "80,95"}
"""The fields of an upload."""

PREDICT_ANSWER: dict[str, Any] = {
    "model": "zero-shot",
    "version": 5,
    "forecasts": [
        {
            "id": "passengers",
            "frequency": "MS",
            "timestamps": [
                "1953-01-01T00:00:00",
                "1953-02-01T00:00:00",
                "1953-03-01T00:00:00",
                "1953-04-01T00:00:00",
                "1953-05-01T00:00:00",
                "1953-06-01T00:00:00",
            ],
            "steps": None,
            "point": [196.2, 207.8, 231.2, 220.1, 216.3, 245.1],
            "quantiles": {},
            "intervals": {
                "80": {
                    "lower": [187.3, 196.4, 217.4, 204.9, 199.1, 223.5],
                    "upper": [204.4, 217.8, 243.8, 233.4, 231.7, 264.2],
                },
                "95": {
                    "lower": [180.4, 188.2, 207.0, 194.2, 187.1, 208.7],
                    "upper": [211.5, 226.5, 254.9, 245.0, 244.3, 279.4],
                },
            },
            "notes": [],
            "scores": None,
            "explanation": None,
        }
    ],
    "notes": [],
}
"""The answer to the example `dated`, its numbers rounded."""
