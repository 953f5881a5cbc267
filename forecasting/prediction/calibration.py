"""A version's own calibration: the correction of its intervals, kept in a file beside its network.

A version without the file predicts as its network does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.errors import BrokenVersionError
from forecasting.networks.signature import Signature
from forecasting.prediction.conformal import NARROWEST, WIDEST, fit_widths
from forecasting.types import Floats

Width = Annotated[float, Field(ge=NARROWEST, le=WIDEST)]


class Calibration(BaseModel):
    """`widths`: by step of the network's horizon, one for each of its quantiles: what the distance
    of that quantile from the median is multiplied by, on the network's scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    windows: int = Field(ge=1, description="Held-out windows that it was measured on.")
    widths: tuple[tuple[Width, ...], ...]

    @classmethod
    def measure(cls, predicted: Floats, targets: Floats, signature: Signature) -> Calibration:
        """From held-out windows: what the network said (n, horizon, outputs), rising, and what
        came (n, horizon), both scaled."""
        assert signature.quantiles is not None
        widths = fit_widths(predicted, targets, signature.quantiles)
        return cls(windows=len(targets), widths=tuple(map(tuple, widths.round(6).tolist())))

    def array(self) -> Floats:
        """The widths, (horizon, outputs)."""
        return np.array(self.widths)


def read_calibration(path: Path, signature: Signature) -> Calibration:
    """Raises BrokenVersionError for a file that does not fit the network."""
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
