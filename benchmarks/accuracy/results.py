"""The results of a run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from benchmarks.accuracy.proof import Proof
from benchmarks.accuracy.rolling import RollingTask
from benchmarks.accuracy.scores import Scores, geometric_mean
from benchmarks.accuracy.sets import EvaluationSet, Published
from benchmarks.accuracy.speed import Speed
from forecasting.store.manifest import Manifest

S = TypeVar("S", Scores, Published)


@dataclass(frozen=True)
class Method(Generic[S]):
    """A row of the table: the scores of one method by set, taken here or published."""

    name: str
    scores: dict[str, S]

    def relative(self, sets: Sequence[EvaluationSet | RollingTask], figure: str) -> float:
        """Return a score (mase or wql) relative to the published one of seasonal naive.

        This is the geometric mean over the sets, or NaN if the method has no score on one of them.
        """
        if any(item.name not in self.scores for item in sets):
            return float("nan")
        return geometric_mean(
            getattr(self.scores[item.name], figure)
            / getattr(item.published["seasonal_naive"], figure)
            for item in sets
        )


Row = Method[Scores] | Method[Published]


@dataclass(frozen=True)
class Results:
    """Everything that a run has measured."""

    manifest: Manifest
    sets: list[EvaluationSet]
    proofs: list[Proof]
    given: Method[Scores]
    """The version, which is told the season length."""
    detected: Method[Scores]
    """The version, which detects the season length."""
    calibrated: Method[Scores]
    """The version, which is told the season length and corrects its intervals by recent errors."""
    baselines: list[Method[Scores]]
    speed_given: Speed
    speed_detected: Speed
    libraries: dict[str, str]
    pictures: dict[str, str]
    """The path of each set's picture, relative to the page."""
    tasks: list[RollingTask]
    """The rolling tasks; none if no folder of them was given."""
    rolling: Method[Scores]
    """The version on the rolling tasks."""

    @property
    def published(self) -> list[Method[Published]]:
        """The methods whose scores are published."""
        return published_methods(self.sets)

    @property
    def rows(self) -> list[Row]:
        """All methods, ordered by relative MASE; those that lack a set are last."""
        ours = [self.given, self.detected, self.calibrated]
        rows: list[Row] = [*ours, *self.baselines, *self.published]
        return _best_first(rows, self.sets)

    @property
    def rolling_rows(self) -> list[Row]:
        """All methods on the rolling tasks, ordered likewise."""
        return _best_first([self.rolling, *published_methods(self.tasks)], self.tasks)

    def autoets(self, evaluation_set: EvaluationSet) -> Scores | None:
        """Return the scores of AutoETS on a set, taken here, or None if it was not run."""
        for method in self.baselines:
            if method.name == "AutoETS":
                return method.scores[evaluation_set.name]
        return None


def published_methods(sets: Sequence[EvaluationSet | RollingTask]) -> list[Method[Published]]:
    """Return the methods whose scores on some of the sets are published.

    Publishers spell the names of methods in different ways (TiRex and tirex), which are one here.
    """
    names: dict[str, str] = {}
    scores: dict[str, dict[str, Published]] = {}
    for item in sets:
        for name, published in item.published.items():
            key = re.sub(r"[^a-z0-9]", "", name.lower())
            names.setdefault(key, name)
            scores.setdefault(key, {})[item.name] = published
    return [Method(f"{names[key]}, published", found) for key, found in scores.items()]


def _best_first(rows: list[Row], sets: Sequence[EvaluationSet | RollingTask]) -> list[Row]:
    relative = np.array([row.relative(sets, "mase") for row in rows])
    return [rows[position] for position in np.argsort(relative, kind="stable")]
