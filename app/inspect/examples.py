"""Requests that run as they stand: the OpenAPI page shows them, and the tests send them."""

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
