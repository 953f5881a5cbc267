"""What a bulk job does with each series of a table."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from forecasting.prediction.bounds import ANY, Bounds
from forecasting.prediction.effort.effort import Effort
from forecasting.series.opening import Opening
from forecasting.series.repair import NO_REPAIR, DateRules, Repair

BulkOperation = Literal["predict", "backtest", "anomalies"]
"""What is made of each series: forecasts, the scores of a backtest, or scored values."""


class BulkTask(BaseModel):
    """An operation with its options, which are those of the request of the same name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: BulkOperation
    horizon: int
    levels: tuple[float, ...] = ()
    """The levels of the intervals in percent; of `anomalies`, the one level of the band."""
    quantiles: tuple[float, ...] = ()
    season_length: int | None = None
    effort: Effort = "standard"
    bounds: Bounds = ANY
    repair: Repair = NO_REPAIR
    opening: Opening | None = None
    frequency: str | None = None
    timezone: str | None = None
    windows: int = 3
    step: int | None = None
    forecasts: bool = False
    """Whether a backtest answers with the forecasts of its windows in place of their scores."""
    warm_up: int | None = None
    last: int | None = None

    @property
    def date_rules(self) -> DateRules:
        """The rules to read dates by."""
        return DateRules(self.repair, self.opening)
