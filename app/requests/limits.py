"""All limits on the size and number of what a request may ask for.

The functions take plain numbers. Each raises an error that names the limit, the setting it comes
from if there is one, and what to do.
"""

from __future__ import annotations

from forecasting.errors import RequestError, SeriesError


def check_series_count(count: int, most: int, setting: str) -> None:
    """Raise SeriesError if a request holds more series than `setting` allows."""
    if count > most:
        raise SeriesError(
            f"the request holds {count} series; {most} is the most ({setting}).",
            code="too_many_series",
            path=("series",),
        )


def check_observations(count: int, most: int) -> None:
    """Raise SeriesError if the series to train on have too many observations together."""
    if count > most:
        raise SeriesError(
            f"the series have {count} observations; {most} is the most to train on "
            "(FORECAST_MAX_TRAINING_OBSERVATIONS).",
            code="too_many_observations",
            path=("series",),
        )


def check_horizon(horizon: int, most: int) -> None:
    """Raise RequestError if a horizon is longer than FORECAST_MAX_HORIZON."""
    if horizon > most:
        raise RequestError(
            f"a horizon of {horizon} is over the limit of {most}.",
            code="horizon_too_long",
            path=("horizon",),
        )


def check_windows(count: int, most: int, cure: str) -> None:
    """Raise RequestError if a request would take more forecasts than FORECAST_MAX_WINDOWS."""
    if count > most:
        raise RequestError(
            f"this would take {count} forecasts; {most} is the most (FORECAST_MAX_WINDOWS). {cure}",
            code="too_many_windows",
        )


def check_answer_values(count: int, most: int) -> None:
    """Raise RequestError if an answer to `/predict` would exceed FORECAST_MAX_FORECAST_VALUES."""
    if count > most:
        raise RequestError(
            f"the answer would hold {count} values; {most} is the most. Ask for fewer series, "
            "steps or quantiles at a time.",
            code="answer_too_large",
            path=("horizon",),
        )


def check_backtest_values(count: int, most: int) -> None:
    """Raise RequestError if a backtest that is answered at once would forecast too many values."""
    if count > most:
        raise RequestError(
            f"the forecasts would hold {count} values; {most} is the most. Ask for fewer series, "
            "windows or steps at a time.",
            code="answer_too_large",
            path=("horizon",),
        )


def check_job_values(count: int, most: int) -> None:
    """Raise RequestError if a backtest would forecast too many values even for a job."""
    if count > most:
        raise RequestError(
            f"the forecasts would hold {count} values; {most} is the most, also for a job "
            "(FORECAST_MAX_JOB_FORECAST_VALUES). Ask for fewer series, windows or steps.",
            code="answer_too_large",
            path=("windows",),
        )


def check_calibration_values(count: int, most: int) -> None:
    """Raise RequestError if calibrating would compute more than FORECAST_MAX_FORECAST_VALUES."""
    if count > most:
        raise RequestError(
            f"calibrating would take {count} values; {most} is the most. Ask for fewer series or "
            "steps at a time.",
            code="calibration_too_large",
            path=("calibrate",),
        )


def check_effort_values(count: int, most: int) -> None:
    """Raise RequestError if the best effort would take more than FORECAST_MAX_FORECAST_VALUES."""
    if count > most:
        raise RequestError(
            f"the best effort would take {count} values; {most} is the most. Ask for fewer series "
            "or steps at a time, or leave it out.",
            code="effort_too_large",
            path=("effort",),
        )


def check_explanation_values(count: int, most: int) -> None:
    """Raise RequestError if explaining would compute more than FORECAST_MAX_FORECAST_VALUES."""
    if count > most:
        raise RequestError(
            f"explaining would take {count} values; {most} is the most. Ask for fewer series "
            "or steps at a time, or for a table, which leaves out the stretches of the past.",
            code="explanation_too_large",
            path=("explain",),
        )
