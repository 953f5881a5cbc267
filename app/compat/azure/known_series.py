"""A series that is read already, in the place of one that a request holds."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.errors import Path
from forecasting.prediction.bounds import Bounds
from forecasting.series.repair import DateRules
from forecasting.series.series import Series
from forecasting.types import Floats


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """A series that is read already, with the methods of a SeriesItem."""

    series: Series
    id: str | None = None
    target: str | None = None

    @property
    def values(self) -> Floats:
        """The values of the series."""
        return self.series.values

    def alone(self) -> KnownSeries:
        """Return the series, which has no targets."""
        return self

    def bounds(self, default: Bounds) -> Bounds:
        """Return the bounds of the request, for the series has none of its own."""
        return default

    def read(self, rules: DateRules) -> Series:
        """Return the series."""
        return self.series

    def locate(self, path: Path) -> Path:
        """Return the place of the series, of which no part is at fault any more."""
        return ("series",)
