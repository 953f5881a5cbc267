"""What is scored: one method's forecasts of one set."""

from dataclasses import dataclass

from forecasting.types import Floats

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Forecasts:
    """`point` (n, horizon), `quantiles` (n, horizon, 9), and the time it took in all."""

    point: Floats
    quantiles: Floats
    seconds: float

    @property
    def milliseconds_a_series(self) -> float:
        return 1000 * self.seconds / len(self.point)
