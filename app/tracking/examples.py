"""Requests that run as they stand once `/predict` has answered its example `tracked`, and an
answer: the OpenAPI page shows them, and the tests send them."""

from __future__ import annotations

from typing import Any

from app.predict.examples import LONGER_PASSENGERS, PASSENGERS

_HAPPENED = LONGER_PASSENGERS[len(PASSENGERS) :][:6]

ACTUALS_EXAMPLES: dict[str, Any] = {
    "dated": {
        "summary": "The first values that have become known, by the id of the series",
        "value": {
            "series": {
                "id": "passengers",
                "values": _HAPPENED[:2],
                "timestamps": ["1953-01-01", "1953-02-01"],
            },
        },
    },
    "again": {
        "summary": "All of them, also those that are known",
        "value": {
            "series": [
                {
                    "id": "passengers",
                    "values": _HAPPENED,
                    "start": "1953-01-01",
                    "frequency": "MS",
                }
            ],
        },
    },
}

ACTUALS_FORM: dict[str, Any] = {
    "file": "unique_id,ds,y\n"
    + "".join(f"passengers,1953-{month:02}-01,{y}\n" for month, y in enumerate(_HAPPENED, 1)),
}
"""The fields of an upload."""

ACTUALS_ANSWER: dict[str, Any] = {
    "values": 2,
    "matched": 2,
    "forecasts": 1,
    "replaced": 0,
    "unmatched": [],
    "notes": [],
}
"""The answer to the example `dated`."""
