"""`make bench-accuracy` scores a shipped version beside statistics and published scores.

Everything runs on one core. Times are processor times, so that other work on the machine does not
lengthen them.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from importlib.metadata import version as library_version
from pathlib import Path

from benchmarks.accuracy import baselines, plots, proof, shipped, speed
from benchmarks.accuracy.report import page
from benchmarks.accuracy.results import Method, Results
from benchmarks.accuracy.scores import Forecasts, Scores, score
from benchmarks.accuracy.sets import EvaluationSet, choose_sets, read_sets
from benchmarks.options import add_baselines_python, add_version
from forecasting.errors import ForecastingError
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore

report = partial(print, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark, and print the page or the error."""
    options = _parser().parse_args(arguments)
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        text = page(run(options))
    except ForecastingError as error:
        sys.exit(f"error: {error.message}")
    print(text, end="")
    if options.output is not None:
        options.output.write_text(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    add = parser.add_argument
    add(
        "--data",
        type=Path,
        required=True,
        help="folder of the public sets, see docs/results/accuracy.md",
    )
    add("--rolling", type=Path, help="folder of the rolling tasks, see docs/results/accuracy.md")
    add("--sets", nargs="+", metavar="SET", help="score these sets and tasks only")
    add_version(parser)
    add("--plots", type=Path, help="draw two forecasts of each set into this folder")
    add("--output", type=Path, help="write the page into this file too")
    add("--cache", type=Path, help="keep the forecasts of the baselines in this folder")
    add("--without-baselines", action="store_true", help="leave statsforecast out")
    add_baselines_python(parser)
    return parser


def run(options: argparse.Namespace) -> Results:
    """Score the version and the baselines on all sets.

    Raises ForecastingError, for example BenchmarkError if the sets are missing or wrong.
    """
    folders = [options.data] + ([options.rolling] if options.rolling is not None else [])
    sets = choose_sets([item for folder in folders for item in read_sets(folder)], options.sets)
    proofs = proof.prove(sets)
    for item in proofs:
        report(
            f"{item.set_name}: seasonal naive {item.measured:.4f}, published {item.published:.4f}"
        )
    proof.require_proofs(proofs)

    store = ModelStore(options.store)
    name, number = options.model, options.version or max(store.versions(options.model), default=1)
    version = load_version(store, name, number)
    shipped.warm_up(version.forecaster)
    asked: dict[shipped.Way, dict[str, Forecasts]] = {}
    for way in shipped.WAYS:
        report(f"{name} {number}, {way.name} …")
        asked[way] = {
            item.name: shipped.forecast_set(version.forecaster, item, way) for item in sets
        }
    statistics = {} if options.without_baselines else _run_baselines(options, sets)
    ours = {
        way: _method(f"**{name} {number}**, {way.name}", sets, forecasts)
        for way, forecasts in asked.items()
    }
    usual = shipped.STANDARD
    return Results(
        manifest=version.manifest,
        all_sets=sets,
        proofs=proofs,
        ours=ours,
        baselines=[_method(name, sets, forecasts) for name, forecasts in statistics.items()],
        speed_given=speed.measure(version.forecaster, speed.SEASON_LENGTH),
        speed_detected=speed.measure(version.forecaster, speed.DETECTED),
        libraries={name: library_version(name) for name in ("onnxruntime", "utilsforecast")}
        | ({"statsforecast": baselines.statsforecast_version()} if statistics else {}),
        pictures=_draw(options, sets, asked[usual], ours[usual], statistics.get("AutoETS", {})),
    )


def _run_baselines(
    options: argparse.Namespace, sets: list[EvaluationSet]
) -> dict[str, dict[str, Forecasts]]:
    source = baselines.Baselines(options.baselines_python, options.cache)
    found: dict[str, dict[str, Forecasts]] = {}
    for item in sets:
        for name in baselines.ROLLING_BASELINES if item.rolls else baselines.BASELINES:
            report(f"{name} on {item.name} …")
            found.setdefault(name, {})[item.name] = source.forecast(item, name)
    return found


def _method(
    name: str, sets: list[EvaluationSet], forecasts: dict[str, Forecasts]
) -> Method[Scores]:
    return Method(
        name,
        {item.name: score(item, forecasts[item.name]) for item in sets if item.name in forecasts},
    )


def _draw(
    options: argparse.Namespace,
    sets: list[EvaluationSet],
    forecasts: dict[str, Forecasts],
    method: Method[Scores],
    autoets: dict[str, Forecasts],
) -> dict[str, str]:
    """Draw each set if a folder for plots is given; return their paths, relative to the page."""
    if options.plots is None:
        return {}
    start = Path() if options.output is None else options.output.parent
    pictures = {}
    for item in sets:
        drawn = plots.SetToDraw(
            item, forecasts[item.name], method.scores[item.name], autoets.get(item.name)
        )
        pictures[item.name] = os.path.relpath(plots.draw(drawn, options.plots), start)
    return pictures


if __name__ == "__main__":
    main()
