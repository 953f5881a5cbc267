"""What the version reaches, beside what it must reach and what is aimed at."""

from __future__ import annotations

import math

from benchmarks.accuracy.results import Results
from benchmarks.accuracy.shipped import BEST, NOT_SAID, STANDARD
from forecasting.store.manifest import COMPILED, LARGER, NETWORK

TargetRow = tuple[str, str, str, str]


def target_rows(results: Results) -> list[TargetRow]:
    """Return rows of: what is measured, what the version reaches, the least it must reach, the aim.

    A score of sets or tasks that were left out is a dash.
    """
    ours, sizes, every = results.ours[STANDARD], results.manifest.files, results.all_sets
    groups = {"sets": results.sets, "tasks": results.tasks}
    reached = {
        name: f"{number(ours.relative(sets, 'mase'))} / {number(ours.relative(sets, 'wql'))}"
        for name, sets in groups.items()
    }
    unsaid = {name: results.difference(NOT_SAID, sets) for name, sets in groups.items()}
    return [
        (
            f"{len(results.tasks)} rolling tasks, relative MASE / score",
            reached["tasks"],
            "≤ 0.60 / 0.535",
            "≤ 0.545 / 0.48",
        ),
        (
            f"{len(results.sets)} sets with one cutoff, relative MASE / WQL",
            reached["sets"],
            "≤ 0.683 / 0.551",
            "≤ 0.67 / 0.54",
        ),
        (
            "the same, season not said: difference in relative MASE",
            f"{difference(unsaid['sets'])} (rolling tasks {difference(unsaid['tasks'])})",
            "≤ +0.008",
            "≤ +0.004",
        ),
        (
            f"effort best against standard, all {len(every)}: difference in relative MASE",
            difference(results.difference(BEST, every)),
            "≤ −0.010",
            "≤ −0.030",
        ),
        (
            "coverage of the 80% interval, each",
            ", ".join(f"{name} {found.coverage_80:.1%}" for name, found in ours.scores.items()),
            "74 – 87%",
            "77 – 83%",
        ),
        (
            "weights",
            ", ".join(
                f"{sizes[file].size / 1e6:.1f} MB ({file})"
                for file in (NETWORK, COMPILED, LARGER)
                if file in sizes
            ),
            "≤ 20 MB",
            "≤ 6 MB",
        ),
    ]


def number(value: float) -> str:
    """Return a number with three decimals, or a dash for NaN."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def difference(value: float) -> str:
    """Return a difference with its sign and three decimals, or a dash for NaN."""
    return "–" if math.isnan(value) else f"{value:+.3f}".replace("-", "−")
