"""The bodies of TimeGPT's requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.requests.series_schemas import Value
from forecasting.store.manifest import ModelName

_Level = Annotated[float, Field(ge=0, lt=100, allow_inf_nan=False)]
Level = Annotated[int, Field(ge=0, lt=100)] | _Level
"""A level as it was written, for the answer names it so: 80 or 80.0."""
_Row = list[Any]
"""A value of one exogenous feature at each step of all series, one after another."""


class PayloadSeries(BaseModel):
    """Several series, one after another in `y`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    y: list[Value] = Field(min_length=1)
    sizes: list[Annotated[int, Field(ge=1)]] = Field(min_length=1)
    X: list[_Row] | None = None
    """One row a feature, as long as `y`; those that are known ahead come first."""
    X_future: list[_Row] | None = None
    """One row for each feature that is known ahead: `h` values for each series."""
    start_datetime: list[str] | None = None
    categorical_exog: list[Annotated[int, Field(ge=0)]] | None = None
    """The rows of `X` that hold categories."""

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        if sum(self.sizes) != len(self.y):
            raise ValueError(f"sizes add up to {sum(self.sizes)}, but y has {len(self.y)} values")
        if self.start_datetime is not None and len(self.start_datetime) != len(self.sizes):
            raise ValueError(
                f"there are {len(self.sizes)} series, but {len(self.start_datetime)} start_datetime"
            )
        for row in self.X or ():
            if len(row) != len(self.y):
                raise ValueError(f"y has {len(self.y)} values, but a row of X has {len(row)}")
        return self


class Payload(BaseModel):
    """What all requests with series have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    series: PayloadSeries
    model: ModelName | None = None
    freq: str | None = None
    finetuned_model_id: ModelName | None = None
    job_options: dict[str, Any] | None = None


class FinetuneFields(BaseModel):
    """How a model is to be trained further."""

    finetune_steps: int = Field(0, ge=0, le=100_000)
    finetune_depth: int = Field(1, ge=1, le=5)
    finetune_loss: str = "default"


class ForecastingPayload(Payload):
    """What all requests for forecasts have."""

    clean_ex_first: bool = True
    multivariate: bool = False
    model_parameters: dict[str, Any] | None = None


class ForecastPayload(ForecastingPayload, FinetuneFields):
    """`POST /v2/forecast`."""

    h: int = Field(ge=1)
    level: list[Level] | None = None
    feature_contributions: bool = False
    feature_contributions_type: str | None = None


class CrossValidationPayload(ForecastingPayload, FinetuneFields):
    """`POST /v2/cross_validation`."""

    h: int = Field(ge=1)
    n_windows: int = Field(1, ge=1)
    step_size: int | None = Field(None, ge=1)
    hist_exog: list[Annotated[int, Field(ge=0)]] | None = None
    level: list[Level] | None = None
    refit: bool = False
    full_history: bool = False
    """Whether all of the past is forecast, whatever `h`, `n_windows` and `step_size` are."""
    feature_contributions: bool = False
    feature_contributions_type: str | None = None


class AnomalyPayload(ForecastingPayload):
    """`POST /v2/anomaly_detection`."""

    level: Level = 99


class OnlineAnomalyPayload(ForecastingPayload, FinetuneFields):
    """`POST /v2/online_anomaly_detection`, and `/v2/anomaly_detection/async`."""

    h: int = Field(ge=1)
    detection_size: int = Field(ge=1)
    threshold_method: Literal["univariate", "multivariate"] = "univariate"
    level: Level = 99
    step_size: int | None = Field(None, ge=1)
    hist_exog: list[Annotated[int, Field(ge=0)]] | None = None
    refit: bool = False


class FinetunePayload(Payload, FinetuneFields):
    """`POST /v2/finetune`."""

    finetune_steps: int = Field(10, ge=1, le=100_000)
    output_model_id: ModelName | None = None
