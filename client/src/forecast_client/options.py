"""The options of the operations, by the names that the service gives them.

The reference of the service says what each of them means, and what holds if it is left out. Those
in `TableOptions` say how a frame or a file is read; they go with neither lists nor dicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

Names: TypeAlias = str | Sequence[str]
"""One name, several with commas between them, or a list of names."""


class TableOptions(TypedDict, total=False):
    """How a frame or a file is read. By default, the service finds it out."""

    frequency: str
    timezone: str
    id_col: str
    time_col: str
    target_col: str
    target_cols: Names
    covariates: Names
    known_ahead: Names
    static_cols: Names
    layout: Literal["long", "wide"]
    delimiter: str
    decimal: str
    date_format: str
    sheet: str


class SeriesOptions(TableOptions, total=False):
    """What holds for the dates of all series."""

    repair: bool | Mapping[str, str]
    open: Mapping[str, Any]
    calendar: Names
    season_length: int


class ForecastOptions(SeriesOptions, total=False):
    """What forecasts of the future and of the past have in common."""

    model: str
    version: int | str
    lower: float
    upper: float
    integer: bool
    non_negative: bool
    on_error: Literal["fail", "partial"]


class PredictOptions(ForecastOptions, total=False):
    """The options of `predict`."""

    horizon: int
    levels: Sequence[float]
    quantiles: Sequence[float]
    effort: Literal["fast", "standard", "best"]
    scores: bool
    calibrate: bool
    explain: bool
    track: bool


class BulkOptions(TypedDict, total=False):
    """The options of `bulk`. Some are of one operation only, as the service says."""

    operation: Literal["predict", "backtest", "anomalies"]
    overwrite: bool
    model: str
    version: int | str
    horizon: int
    levels: Sequence[float]
    quantiles: Sequence[float]
    effort: Literal["fast", "standard", "best"]
    season_length: int
    windows: int
    step: int
    forecasts: bool
    level: float
    warm_up: int
    last: int
    lower: float
    upper: float
    integer: bool
    non_negative: bool
    repair: bool | Mapping[str, str]
    open: Mapping[str, Any]
    frequency: str
    timezone: str
    id_col: str
    time_col: str
    target_col: str
    delimiter: str
    date_format: str


class ActualsOptions(TableOptions, total=False):
    """The options of `actuals`."""

    model: str
    by: Literal["series", "forecast"]


class InspectOptions(PredictOptions, total=False):
    """The options of `inspect`, which are those of `predict` and more."""

    max_series: int
    values: bool


class BacktestOptions(ForecastOptions, total=False):
    """The options of `backtest`."""

    horizon: int
    levels: Sequence[float]
    effort: Literal["fast", "standard", "best"]
    windows: int
    step: int
    forecasts: bool
    refit: bool
    job: bool


class AnomaliesOptions(ForecastOptions, total=False):
    """The options of `anomalies`."""

    level: float
    warm_up: int
    last: int


class TrainOptions(SeriesOptions, total=False):
    """The options of `train`."""

    horizon: int
    base: str
    recipe: str | Mapping[str, Any]
    tune: Mapping[str, Any]
    seed: int
    promote: Literal["if_better", "always", "never"]
