"""Calibrations: how much wider or narrower a network's intervals are made.

A version that was trained has its own, measured on held-out windows and kept in a file beside its
network; a version without that file predicts as its network does. Besides, a request can have the
intervals of each series corrected by how forecasts of its latest past went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.errors import BrokenVersionError
from forecasting.networks.signature import Signature
from forecasting.prediction.conformal import NARROWEST, WIDEST, fit_widths
from forecasting.series.series import Series
from forecasting.types import Floats

MOST_WINDOWS = 20
"""A series is tried on this many windows of its latest past at most."""
FEWEST_WINDOWS = 5
"""Fewer windows than this say nothing about a series."""
_WIDEST_OF_RECENT = 2.0
"""A few recent windows widen an interval by this factor at most, for one of them may be an
outlier."""
_Width = Annotated[float, Field(ge=NARROWEST, le=WIDEST)]


class Calibration(BaseModel):
    """A version's own calibration.

    `widths` holds, for each step of the network's horizon and each of its quantiles, the factor by
    which the distance of that quantile from the median is multiplied, on the network's scale.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    windows: int = Field(ge=1, description="Held-out windows that it was measured on.")
    widths: tuple[tuple[_Width, ...], ...]

    @classmethod
    def measure(
        cls, predicted: Floats, targets: Floats, signature: Signature, prior: Floats | None = None
    ) -> Calibration:
        """Measure it on n held-out windows.

        `predicted` (n, horizon, outputs) is what the network predicted, rising, and `targets`
        (n, horizon) what came; both are scaled. With several predictions (count, n, horizon,
        outputs), the widths are the means of those that each of them needs. `prior` (horizon,
        outputs) is what is believed of the widths beforehand: that they are 1, if it is None.
        """
        assert signature.quantiles is not None
        each = np.broadcast_to(targets, predicted.shape[:-1])
        widths = fit_widths(predicted, each, signature.quantiles, prior=prior)
        widths = widths.reshape(-1, *widths.shape[-2:]).mean(axis=0)
        return cls(windows=len(targets), widths=tuple(map(tuple, widths.round(6).tolist())))

    def array(self) -> Floats:
        """Return the widths as an array (horizon, outputs)."""
        return np.array(self.widths)


def read_calibration(path: Path, signature: Signature) -> Calibration:
    """Read a version's calibration. Raises BrokenVersionError if it does not fit the network."""
    try:
        found = Calibration.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BrokenVersionError(f"{path.name}: {place}: {first['msg']}.") from error
    sizes = {len(step) for step in found.widths}
    if len(found.widths) != signature.horizon or sizes != {signature.outputs}:
        raise BrokenVersionError(
            f"{path.name} does not have {signature.horizon} steps of {signature.outputs} outputs."
        )
    return found


@dataclass(frozen=True, slots=True)
class RecentWindows:
    """Windows of the latest past of n series: series after series, latest cutoffs first."""

    pasts: list[Series]
    """The series of each of the m windows as it was at the cutoff."""
    series: npt.NDArray[np.int64]
    """The index of the series that each window is of, (m,)."""
    numbers: npt.NDArray[np.int64]
    """Which window of its series each one is, (m,)."""
    targets: Floats
    """What came after each cutoff, (n, MOST_WINDOWS, horizon). NaN beyond the end of a series, and
    for windows that it does not have."""
    counts: npt.NDArray[np.int64]
    """The number of windows of each series, (n,)."""

    def fit_widths(self, predicted: Floats, quantiles: Sequence[float]) -> Floats:
        """Fit the widths of each series to forecasts of its windows: (n, horizon, outputs).

        `predicted` (m, at least horizon, outputs) are the forecasts of all windows.
        """
        horizon, outputs = self.targets.shape[-1], predicted.shape[-1]
        placed = np.zeros((*self.targets.shape, outputs))
        placed[self.series, self.numbers] = predicted[:, :horizon]
        return fit_widths(placed, self.targets, quantiles, _WIDEST_OF_RECENT)


def recent_windows(series: Sequence[Series], horizon: int, shortest_context: int) -> RecentWindows:
    """Cut up to MOST_WINDOWS windows from each series; none if there are too few.

    They are spread over the latter half of the series, at most `horizon` steps apart. A window sees
    nothing at or after its cutoff. Before it lie at least half of the series, `shortest_context`
    values, and two that differ. Its target may go on past the end of the series, and values may be
    missing in it; then the steps that are known count.
    """
    cutoffs = [_cutoffs(item.values, horizon, shortest_context) for item in series]
    counts = np.array([found.size for found in cutoffs], np.int64)
    targets = np.full((len(series), MOST_WINDOWS, horizon), np.nan)
    for row, (item, found) in enumerate(zip(series, cutoffs, strict=True)):
        observed = item.observed()
        steps = found[:, None] + np.arange(horizon)
        known = observed[np.minimum(steps, observed.size - 1)]
        targets[row, : found.size] = np.where(steps < observed.size, known, np.nan)
    return RecentWindows(
        pasts=[
            item.before(cutoff, horizon)
            for item, found in zip(series, cutoffs, strict=True)
            for cutoff in found.tolist()
        ],
        series=np.repeat(np.arange(len(series)), counts),
        numbers=np.concatenate([np.arange(count) for count in counts.tolist()]),
        targets=targets,
        counts=counts,
    )


def _cutoffs(values: Floats, horizon: int, shortest_context: int) -> npt.NDArray[np.int64]:
    """Return where the windows of a series are cut, the latest cutoff first."""
    different = np.flatnonzero(values != values[0])
    if not different.size:
        return different
    first = max(shortest_context, -(-values.size // 2), int(different[0]) + 1)
    found = np.arange(values.size - 1, first - 1, -1)
    stride = max(1, min(horizon, found.size // MOST_WINDOWS))
    kept = found[::stride][:MOST_WINDOWS]
    return kept if kept.size >= FEWEST_WINDOWS else kept[:0]
