"""What a caller is told of an error that nobody foresaw in the process of a job."""

from __future__ import annotations

from pathlib import Path

from forecasting.errors import ForecastingError
from forecasting.store.atomic_files import disk_full, is_disk_full


def reason_of(error: Exception, folder: Path) -> ForecastingError:
    """Return the error that ends a job which works in `folder`."""
    if isinstance(error, OSError) and is_disk_full(error):
        return disk_full(folder)
    return ForecastingError(f"{type(error).__name__}: {error}", code="job_failed")
