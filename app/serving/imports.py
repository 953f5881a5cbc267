"""What requests need beyond what the application imports at its start is imported before the first.

Threads that import parts of one package at the same time wait for each other: Python then lets one
of the requests fail, and has been seen to hang.
"""

from __future__ import annotations

from importlib import import_module

_NEEDED = (
    "app.predict.calibration",
    "app.predict.explanation",
    "app.predict.scores",
    "app.requests.form",
    "app.tracking.reading",
    "forecasting.covariates.day_features",
    "forecasting.dates.texts",
    "forecasting.prediction.covariates.removal",
    "forecasting.tables.table_covariates",
    "forecasting.tables.table_series",
)
"""All but matplotlib, which takes long to import and only pictures need, and pandas and pyarrow,
which `forecasting.tables.libraries` imports. The package of holidays imports its countries at once.
"""


def import_needed() -> None:
    """Import it."""
    for name in _NEEDED:
        import_module(name)
