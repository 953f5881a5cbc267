"""The results of a run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from benchmarks.accuracy.proof import Proof
from benchmarks.accuracy.scores import Scores, geometric_mean
from benchmarks.accuracy.sets import EvaluationSet, Published
from benchmarks.accuracy.shipped import STANDARD, Way
from benchmarks.accuracy.speed import Speed
from forecasting.store.manifest import Manifest

S = TypeVar("S", Scores, Published)


@dataclass(frozen=True)
class Method(Generic[S]):
    """A row of a table: the scores of one method by set, taken here or published."""

    name: str
    scores: dict[str, S]

    def relative(self, sets: Sequence[EvaluationSet], figure: str) -> float:
        """Return a score (mase or wql) relative to the published one of seasonal naive.

        This is the geometric mean over the sets, or NaN if the method has no score on one of them
        or there are none.
        """
        if not sets or any(item.name not in self.scores for item in sets):
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
    all_sets: list[EvaluationSet]
    proofs: list[Proof]
    ours: dict[Way, Method[Scores]]
    """The scores of the version, by the way in which it is asked."""
    baselines: list[Method[Scores]]
    speed_given: Speed
    speed_detected: Speed
    libraries: dict[str, str]
    pictures: dict[str, str]
    """The path of each set's picture, relative to the page."""

    @property
    def sets(self) -> list[EvaluationSet]:
        """The sets with one cutoff."""
        return [item for item in self.all_sets if not item.rolls]

    @property
    def tasks(self) -> list[EvaluationSet]:
        """The rolling tasks."""
        return [item for item in self.all_sets if item.rolls]

    def rows(self, sets: Sequence[EvaluationSet]) -> list[Row]:
        """Return all methods with a score on some of the sets, ordered by relative MASE.

        Those that lack a set are last.
        """
        methods: list[Row] = [*self.ours.values(), *self.baselines, *published_methods(sets)]
        found = [row for row in methods if any(item.name in row.scores for item in sets)]
        relative = np.array([row.relative(sets, "mase") for row in found])
        return [found[position] for position in np.argsort(relative, kind="stable")]

    def difference(self, way: Way, sets: Sequence[EvaluationSet]) -> float:
        """Return how much the relative MASE of a way is above that of STANDARD."""
        return self.ours[way].relative(sets, "mase") - self.ours[STANDARD].relative(sets, "mase")

    def others(self, evaluation_set: EvaluationSet) -> dict[str, float]:
        """Return the MASE of all methods but the version on a set, by their names."""
        methods: list[Row] = [*self.baselines, *published_methods([evaluation_set])]
        return {
            row.name: row.scores[evaluation_set.name].mase
            for row in methods
            if evaluation_set.name in row.scores
        }


def published_methods(sets: Sequence[EvaluationSet]) -> list[Method[Published]]:
    """Return the methods whose scores on some of the sets are published.

    Publishers spell the names of methods in different ways (TiRex and tirex), which are one here.
    """
    names: dict[str, str] = {}
    scores: dict[str, dict[str, Published]] = {}
    for item in sets:
        for name, published in item.published.items():
            key = _key(name)
            names.setdefault(key, name)
            scores.setdefault(key, {})[item.name] = published
    return [Method(f"{names[key]}, published", found) for key, found in scores.items()]


def published_mase(evaluation_set: EvaluationSet, method: str) -> float:
    """Return the published MASE of a method, in whatever way its name is spelt, or else NaN."""
    found = (
        scores.mase
        for name, scores in evaluation_set.published.items()
        if _key(name) == _key(method)
    )
    return next(found, float("nan"))


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
