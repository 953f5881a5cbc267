"""All that a run found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from benchmarks.accuracy.proof import Proof
from benchmarks.accuracy.scores import Scores, geometric_mean
from benchmarks.accuracy.sets import EvaluationSet, Published
from benchmarks.accuracy.speed import Speed
from forecasting.store.manifest import Manifest

S = TypeVar("S", Scores, Published)


@dataclass(frozen=True)
class Method(Generic[S]):
    """A row of the table: scores by set, taken here or published."""

    name: str
    scores: dict[str, S]

    def relative(self, sets: list[EvaluationSet], figure: str) -> float:
        """The geometric mean over sets of a score (mase, wql) over seasonal naive's published one.

        NaN where the method has no score on one of the sets.
        """
        if any(one.name not in self.scores for one in sets):
            return float("nan")
        return geometric_mean(
            getattr(self.scores[one.name], figure)
            / getattr(one.published["seasonal_naive"], figure)
            for one in sets
        )


Row = Method[Scores] | Method[Published]


@dataclass(frozen=True)
class Results:
    """`given` and `detected`: the version told the season length, and left to find it.
    `calibrated`: told it, its intervals corrected by the latest past of each series.

    `pictures`: by set, where its picture lies, seen from the page.
    """

    manifest: Manifest
    sets: list[EvaluationSet]
    proofs: list[Proof]
    given: Method[Scores]
    detected: Method[Scores]
    calibrated: Method[Scores]
    baselines: list[Method[Scores]]
    speed_given: Speed
    speed_detected: Speed
    libraries: dict[str, str]
    pictures: dict[str, str]

    @property
    def published(self) -> list[Method[Published]]:
        names = dict.fromkeys(name for one in self.sets for name in one.published)
        return [
            Method(
                f"{name}, published",
                {one.name: one.published[name] for one in self.sets if name in one.published},
            )
            for name in names
        ]

    @property
    def rows(self) -> list[Row]:
        """All methods, the best relative MASE first, those that lack a set last."""
        ours = [self.given, self.detected, self.calibrated]
        rows: list[Row] = [*ours, *self.baselines, *self.published]
        relative = np.array([row.relative(self.sets, "mase") for row in rows])
        return [rows[place] for place in np.argsort(relative, kind="stable")]

    def autoets(self, one: EvaluationSet) -> Scores | None:
        """AutoETS' scores on a set, taken here; None where it was not run."""
        return next((row.scores[one.name] for row in self.baselines if row.name == "AutoETS"), None)
