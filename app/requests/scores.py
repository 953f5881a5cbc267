"""Scores of forecasts, as answers hold them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ScoresObject(BaseModel):
    """null where a score is not defined."""

    mase: float | None = Field(
        description="Mean absolute error, in seasonal naive's on the past of each window."
    )
    smape: float | None = Field(description="Symmetric mean absolute percentage error, 0 to 200.")
    rmse: float | None = Field(description="Root mean squared error, in the unit of the series.")
    wql: float | None = Field(description="Weighted quantile loss over the quantiles 0.1 to 0.9.")
    coverage: dict[str, float | None] = Field(
        description="By level: the share of what came that lies within the interval."
    )


class MethodsScores(BaseModel):
    """On the same windows."""

    model: ScoresObject
    seasonal_naive: ScoresObject
    theta: ScoresObject
