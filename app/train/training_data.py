"""Whether series can be trained on together, in one job."""

from __future__ import annotations

from collections.abc import Sequence

from app.jobs.inputs import name_of
from app.settings import Settings
from forecasting.errors import SeriesError
from forecasting.series.series import Series


def check_observations(series: Sequence[Series], settings: Settings) -> None:
    """Raises SeriesError for more than a job may train on."""
    observations = sum(one.values.size for one in series)
    if observations > settings.max_training_observations:
        raise SeriesError(
            f"the series have {observations} observations; {settings.max_training_observations} "
            "is the most to train on (FORECAST_MAX_TRAINING_OBSERVATIONS).",
            code="too_many_observations",
            path=("series",),
        )


def check_frequencies(series: Sequence[Series]) -> None:
    """Raises SeriesError where they differ."""
    frequencies = [None if s.calendar is None else s.calendar.frequency.name for s in series]
    if len(set(frequencies)) > 1:
        other = next(n for n, found in enumerate(frequencies) if found != frequencies[0])
        raise SeriesError(
            "the series have different frequencies, or dates for some only: series "
            f"{name_of(series[0], 0)!r} has {frequencies[0]}, series "
            f"{name_of(series[other], other)!r} {frequencies[other]}. Train one model a frequency.",
            code="frequencies_differ",
            path=("series",),
        )
