"""Drawing real series at random: made of finer ones, mixed with others, and varied."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecasting.types import Floats
from training.pretraining.real import KINDS, Source
from training.pretraining.variations import aggregate, mix, vary

Generator = np.random.Generator

_FROM_FINER: dict[str, tuple[float, list[tuple[str, int, int]]]] = {
    "years": (
        0.15,
        [
            ("months", 12, 1),
            ("quarters", 4, 1),
            ("weeks", 52, 1),
            ("business days", 261, 1),
            ("days", 365, 1),
        ],
    ),
    "quarters": (
        0.33,
        [
            ("months", 3, 4),
            ("months", 3, 4),
            ("weeks", 13, 4),
            ("business days", 65, 4),
            ("days", 91, 4),
        ],
    ),
    "months": (0.08, [("days", 30, 12), ("business days", 22, 12)]),
    "weeks": (0.08, [("days", 7, 52), ("business days", 5, 52)]),
    "days": (0.05, [("hours", 24, 7)]),
}
"""Which share of the series of a kind is made of finer ones: of which kind, how many steps become
one, and the season length after that. Few real series of quarters are public."""
_COARSER = {
    1: ((2, 1), (3, 1)),
    4: ((4, 1), (2, 2)),
    7: ((7, 52), (14, 26)),
    12: ((3, 4), (12, 1), (2, 6), (6, 2)),
    24: ((24, 7), (2, 12), (3, 8), (6, 4)),
    48: ((2, 24), (48, 7), (4, 12)),
    52: ((4, 13), (13, 4), (52, 1)),
    96: ((4, 24), (96, 7)),
    144: ((6, 24), (144, 7)),
    288: ((12, 24), (288, 7)),
}
"""What a series may become by its season length: how many steps become one, and the season length
after that."""
_FEWEST_STEPS = 10
"""A series that is made of a finer one has at least so many steps."""
_LONGEST = 4_000
"""A longer series is cut to a random stretch of this length."""


def draw_series(sources: list[Source], rng: Generator) -> tuple[Floats, int]:
    """Draw a series, vary it at random, and return its values and its season length."""
    kinds = sorted({source.kind for source in sources})
    kind = _draw(kinds, [KINDS[kind] for kind in kinds], rng)
    share, finer = _FROM_FINER.get(kind, (0.0, []))
    options = [option for option in finer if option[0] in kinds]
    if options and rng.random() < share:
        finer_kind, steps, season = options[rng.integers(len(options))]
        values, _ = _draw_of_kind(sources, finer_kind, steps * _LONGEST, rng)
        if values.size // steps >= _FEWEST_STEPS:
            return vary(aggregate(values, steps, rng), rng), season
    values, season = _draw_of_kind(sources, kind, _LONGEST, rng)
    if season == 52 and rng.random() < 0.3:
        season = 1
    if season in _COARSER and rng.random() < 0.33:
        choices = _COARSER[season]
        steps, coarser_season = choices[rng.integers(len(choices))]
        if values.size // steps >= _FEWEST_STEPS:
            values, season = aggregate(values, steps, rng), coarser_season
    return vary(values, rng), season


def _draw_of_kind(
    sources: list[Source], kind: str, longest: int, rng: Generator
) -> tuple[Floats, int]:
    """Draw a series of a kind, sometimes mixed with others, and a stretch of it if it is longer."""
    alike = [source for source in sources if source.kind == kind]
    weights = [source.weight for source in alike]
    source = _draw(alike, weights, rng)
    values, season = _stretch(source, longest, rng)
    while rng.random() < 0.17:
        other, other_season = _stretch(_draw(alike, weights, rng), longest, rng)
        if other_season == season:
            values = mix(values, other, rng)
    return values, season


def _stretch(source: Source, longest: int, rng: Generator) -> tuple[Floats, int]:
    """Draw a series of a source, or a random stretch of it if it is longer."""
    values, season = source.series[rng.integers(len(source.series))]
    if values.size > longest:
        start = rng.integers(0, values.size - longest + 1)
        values = values[start : start + longest]
    return values, season


def _draw(options: list[Any], weights: list[float], rng: Generator) -> Any:
    """Return one of the options, drawn by their weights."""
    shares = np.cumsum(weights)
    return options[int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))]
