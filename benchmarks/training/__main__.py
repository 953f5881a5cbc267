"""`make bench-training` scores the recipe `auto` beside zero-shot on the held-out tail of each set.

A set is a CSV file of `DATA/examples`, without its covariates, or a public set of
`DATA/validation`. One version is trained on all series of a set.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import geometric_mean

from benchmarks.options import add_store
from forecasting.errors import ForecastingError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import RECIPES
from forecasting.series.series import Series
from forecasting.store.manifest import Evaluation
from forecasting.store.store import ModelStore
from training.auto.base import find_pretrained
from training.auto.search import search
from training.dataset import Dataset, read_dataset
from training.pretraining.public_sets import read_public_sets
from training.promotion import score_zero_shot

PUBLIC_SETS = ("hospital", "m1_monthly", "nn5")
_MODEL = "benchmark"
report = partial(print, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Series that one version is trained on."""

    name: str
    series: tuple[Series, ...]
    horizon: int | None
    """None for the default, one season."""
    season_length: int | None
    """None for the one that the frequency implies."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, and print the table or the error."""
    options = _parser().parse_args(arguments)
    try:
        print("\n".join(_table(options)))
    except ForecastingError as error:
        sys.exit(f"error: {error.message}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder with examples/ and validation/")
    add("--sets", nargs="+", help="only these sets")
    add_store(parser)
    add("--seed", type=int, default=0, help="of the training; default: %(default)s")
    add("--last", type=int, help="train on the latest values of each example alone, so many")
    return parser


def read_training_sets(folder: Path, last: int | None = None) -> Iterator[TrainingSet]:
    """Read the examples, of each the `last` values, and the public sets.

    Raises DataFileError if a file cannot be read.
    """
    for path in sorted((folder / "examples").glob("*.csv")):
        plain = [replace(item, covariates=None) for item in read_dataset(path).series]
        latest = tuple(item if last is None else _latest(item, last) for item in plain)
        yield TrainingSet(path.stem, latest, None, None)
    if not (folder / "validation").is_dir():
        return
    for public_set in read_public_sets(folder / "validation"):
        if public_set.name in PUBLIC_SETS:
            series = tuple(
                replace(Series.from_values(values), id=str(number))
                for number, values in enumerate(public_set.series)
            )
            season_length, horizon = public_set.season_length, public_set.horizon
            yield TrainingSet(public_set.name, series, horizon, season_length)


def _latest(series: Series, count: int) -> Series:
    skipped = max(0, series.values.size - count)
    return replace(
        Series.from_values(series.observed()[skipped:], calendar=series.calendar),
        id=series.id,
        dropped=series.dropped + skipped,
    )


def _table(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of the table."""
    yield (
        "| set | series | windows | seasonal naive | Theta | zero-shot | auto | auto ÷ zero-shot | "
        "coverage, zero-shot → auto | seconds |"
    )
    yield "| " + " | ".join(["---"] * 10) + " |"
    store, ratios = ModelStore(options.store), []
    for training_set in read_training_sets(options.data, options.last):
        if options.sets and training_set.name not in options.sets:
            continue
        report(training_set.name)
        started = time.monotonic()
        scores = train_and_score(training_set, store, options.seed)
        seconds = time.monotonic() - started
        ratio, cells = _cells(scores)
        ratios.append(ratio)
        row = [training_set.name, str(len(training_set.series)), *cells, f"{seconds:.0f}"]
        yield f"| {' | '.join(row)} |"
    if ratios:
        yield f"| geometric mean | | | | | | | **{geometric_mean(ratios):.3f}** | | |"


def train_and_score(training_set: TrainingSet, store: ModelStore, seed: int) -> Evaluation:
    """Train by the recipe `auto`, and score what comes of it on the held-out tail."""
    options = FitOptions(
        model=_MODEL,
        recipe=RECIPES["auto"],
        horizon=training_set.horizon,
        season_length=training_set.season_length,
    )
    start = find_pretrained(store, options)
    signature = None if start is None else start.signature
    recipe = resolve_recipe(options, training_set.series, signature)
    trained = search(
        Dataset(training_set.series),
        recipe,
        start,
        seed=seed,
        on_epoch=lambda *_: None,
        say=report,
    )
    scores = {"zero_shot": score_zero_shot(store, _MODEL, trained.tail)}
    return trained.tail.evaluate(trained.fitted.forecaster).model_copy(update=scores)


def _cells(scores: Evaluation) -> tuple[float, list[str]]:
    """Return MASE relative to zero-shot's, and the cells from the windows to the coverage."""
    columns = [scores.seasonal_naive, scores.theta, scores.zero_shot, scores.model]
    mase = [float("nan") if one is None or one.mase is None else one.mase for one in columns]
    covered = [
        "–" if one is None or one.coverage_80 is None else f"{one.coverage_80:.2f}"
        for one in columns[2:]
    ]
    ratio = mase[3] / mase[2]
    cells = [str(scores.windows), *(f"{score:.3f}" for score in mase), f"{ratio:.3f}"]
    return ratio, [*cells, " → ".join(covered)]


if __name__ == "__main__":
    main()
