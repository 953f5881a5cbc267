"""The option `effort`: how much is done for each forecast."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, Field

from app.requests.limits import check_effort_values
from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.effort.effort import Effort, network_runs, usable_effort
from forecasting.prediction.pipeline import ForecastPlan
from forecasting.series.series import Series


class EffortOption(BaseModel):
    """How much is done for each forecast."""

    effort: Effort = Field(
        "standard",
        description="How much is done for each forecast, for a model that takes seasons out, such "
        "as `zero-shot`. With `best`, the network looks at each series in several ways, which are "
        "weighted by how well each would have forecast the latest past: a little more accurate, "
        "and some sixteen times the work. `fast` runs the network alone, once a forecast; "
        "`standard` also does what costs hardly anything.",
    )


def note_unused_effort(
    series: list[Series], requested: Effort, signature: Signature
) -> list[Series]:
    """Return series with a note on each if the requested effort is of no use to a model."""
    if usable_effort(requested, signature) == requested:
        return series
    note = Note(
        "effort_not_used",
        "This model looks at series in one way only: the forecast is the standard one.",
        0,
    )
    return [replace(item, notes=(*item.notes, note)) for item in series]


def check_effort(plan: ForecastPlan, most_values: int) -> None:
    """Raise RequestError if the effort of a plan would compute more than `most_values` values."""
    if plan.effort == "best":
        size = len(plan.contexts) * network_runs("best") * plan.horizon * plan.signature.outputs
        check_effort_values(size, most_values)
