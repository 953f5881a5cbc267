"""What is known of a version's live accuracy, in a few numbers, and as metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Self

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel, ValidationError

from app.tracking.performance import Performance
from forecasting.evaluation.drift import LEVEL

MOST_VERSIONS = 100
"""So many versions have metrics, so that their number stays bounded."""


class Standing(BaseModel):
    """How a version does, as it was judged last."""

    values: int
    mase: float | None
    naive_mase: float | None
    bias: float | None
    coverage: float | None
    """The share of the values in the 80 % interval."""
    evidence: float
    drifting: bool

    @classmethod
    def of(cls, performance: Performance) -> Self:
        """Return the standing of a version."""
        overall = performance.overall
        return cls(
            values=overall.values,
            mase=overall.model.mase,
            naive_mase=overall.seasonal_naive.mase,
            bias=overall.model.bias,
            coverage=overall.model.coverage.get(LEVEL),
            evidence=performance.drift.evidence,
            drifting=performance.drift.drifting,
        )


_METRICS = {
    "values": "Actual values that are known, one for each forecast that was made for it.",
    "mase": "Mean absolute scaled error of forecasts by actual values.",
    "naive_mase": "The same of seasonal naive on the same points.",
    "bias": "Mean scaled error of forecasts by actual values: above 0 if they are too high.",
    "coverage": "Share of the actual values in the 80% interval.",
    "evidence": "Evidence of the test for drift, which begins at 1.",
    "drifting": "Whether the version is drifting: 1 or 0.",
}


class _LiveAccuracy(Collector):
    def __init__(self, standings: Sequence[tuple[str, int, Standing]]) -> None:
        self._standings = standings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield a gauge for each number, with a value for each version that has it."""
        for name, about in _METRICS.items():
            family = GaugeMetricFamily(f"forecast_live_{name}", about, labels=["model", "version"])
            for model, version, standing in self._standings:
                value = getattr(standing, name)
                if value is not None:
                    family.add_metric([model, str(version)], float(value))
            yield family


def expose(standings: Iterable[tuple[str, int, str]]) -> bytes:
    """Return the standings of versions, as they are kept, in the text format of Prometheus.

    Those that are damaged are left out until their versions are judged again.
    """
    registry = CollectorRegistry()
    found: list[tuple[str, int, Standing]] = []
    for model, version, document in standings:
        with suppress(ValidationError):
            found.append((model, version, Standing.model_validate_json(document)))
    registry.register(_LiveAccuracy(found))
    return generate_latest(registry)
