"""The option `effort`: how much is done for each forecast."""

from __future__ import annotations

from pydantic import BaseModel, Field

from app.requests.limits import check_effort_values
from forecasting.prediction.effort.effort import Effort, network_runs
from forecasting.prediction.pipeline import ForecastPlan


class EffortOption(BaseModel):
    """How much is done for each forecast."""

    effort: Effort = Field(
        "standard",
        description="How much is done for each forecast, for a model that takes seasons out, such "
        "as `zero-shot`. With `best`, the network looks at each series in several ways, which are "
        "weighted by how well each would have forecast the latest past, and so does a larger "
        "network if the version has one: a little more accurate, and some twenty times the work. "
        "`fast` runs the network alone, once a forecast; "
        "`standard` also does what costs hardly anything.",
    )


def check_effort(plan: ForecastPlan, most_values: int) -> None:
    """Raise RequestError if the effort of a plan would compute more than `most_values` values."""
    if plan.effort == "best":
        size = len(plan.contexts) * network_runs("best") * plan.horizon * plan.signature.outputs
        check_effort_values(size, most_values)
