"""`make bench-training` scores the recipe `auto` beside zero-shot on the held-out tail of each set.

A set is a CSV file of `DATA/examples`, without its covariates, or a public set of
`DATA/validation`. One version is trained on all series of a set. With `--peers`, the models of
others are trained and scored on the same series and windows.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import geometric_mean

from benchmarks.options import add_store
from benchmarks.training.peers import PeerScore, score_peers
from benchmarks.training.sets import TrainingSet, read_training_sets
from forecasting.errors import ForecastingError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import RECIPES
from forecasting.store.manifest import Evaluation
from forecasting.store.store import ModelStore
from training.auto.search import search
from training.dataset import Dataset
from training.fitting.base_version import find_pretrained
from training.fitting.trained import TrainedNetwork
from training.promotion import score_zero_shot

_MODEL = "benchmark"
report = partial(print, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, and print the table or the error."""
    options = _parser().parse_args(arguments)
    try:
        for line in _table(options):
            print(line, flush=True)
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
    add("--peers", type=Path, help="a Python that has the peers, to score them, too")
    add(
        "--peer-seconds",
        type=int,
        default=600,
        help="the most that the training of a peer takes of the processor; default: %(default)s",
    )
    return parser


def _table(options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of the table, and of the one of the peers."""
    yield (
        "| set | series | windows | seasonal naive | Theta | zero-shot | auto | auto ÷ zero-shot | "
        "coverage, zero-shot → auto | seconds |"
    )
    yield "| " + " | ".join(["---"] * 10) + " |"
    store, ratios = ModelStore(options.store), []
    peers: dict[str, tuple[float, dict[str, PeerScore]]] = {}
    for training_set in read_training_sets(options.data, options.last):
        name = training_set.name
        if options.sets and name not in options.sets:
            continue
        report(name)
        started = time.monotonic()
        trained = train(training_set, store, options.seed)
        scores = score(trained, store)
        seconds = time.monotonic() - started
        ratio, cells = _cells(scores)
        ratios.append(ratio)
        yield f"| {' | '.join([name, str(len(training_set.series)), *cells, f'{seconds:.0f}'])} |"
        if options.peers is not None and scores.model.mase is not None:
            found = score_peers(training_set.series, trained, options.peers, options.peer_seconds)
            report("\n".join(f"{peer}: {own}" for peer, own in found.items()))
            peers[name] = scores.model.mase, found
    if ratios:
        yield f"| geometric mean | | | | | | | **{geometric_mean(ratios):.3f}** | | |"
    if peers:
        yield from _peer_table(peers)


def train(training_set: TrainingSet, store: ModelStore, seed: int) -> TrainedNetwork:
    """Train by the recipe `auto`."""
    options = FitOptions(
        model=_MODEL,
        recipe=RECIPES["auto"],
        horizon=training_set.horizon,
        season_length=training_set.season_length,
    )
    start = find_pretrained(store, options)
    signature = None if start is None else start.signature
    recipe = resolve_recipe(options, training_set.series, signature)
    return search(
        Dataset(training_set.series),
        recipe,
        start,
        seed=seed,
        on_epoch=lambda *_: None,
        say=report,
    )


def score(trained: TrainedNetwork, store: ModelStore) -> Evaluation:
    """Score what came of a training on the held-out tail."""
    scores = {"zero_shot": score_zero_shot(store, _MODEL, trained.tail)}
    return trained.tail.evaluate(trained.fitted.forecaster).model_copy(update=scores)


def _peer_table(peers: dict[str, tuple[float, dict[str, PeerScore]]]) -> Iterator[str]:
    """Yield the lines of a table of the MASE of `auto` and of the peers, by set."""
    names = list(next(iter(peers.values()))[1])
    yield f"\n| set | auto | {' | '.join(names)} | auto ÷ the best of them | their seconds |"
    yield "| " + " | ".join(["---"] * (len(names) + 4)) + " |"
    ratios = []
    for name, (ours, found) in peers.items():
        theirs = [found[peer].mase for peer in names]
        ratios.append(ours / min(theirs))
        seconds = ", ".join(f"{found[peer].seconds:.0f}" for peer in names)
        cells = [name, *(f"{mase:.3f}" for mase in (ours, *theirs, ratios[-1])), seconds]
        yield f"| {' | '.join(cells)} |"
    empty = " |" * (len(names) + 1)
    yield f"| geometric mean |{empty} **{geometric_mean(ratios):.3f}** | |"


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
