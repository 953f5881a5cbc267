"""The results of a run as a page in Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from benchmarks.accuracy.results import Results, Row, published_mase
from benchmarks.accuracy.scores import Scores
from benchmarks.accuracy.sets import EvaluationSet
from benchmarks.accuracy.shipped import BEST, FAST, STANDARD
from benchmarks.accuracy.speed import BATCH, HORIZON, POINTS
from benchmarks.accuracy.targets import difference, number, target_rows
from forecasting.store.manifest import COMPILED, NETWORK


def page(results: Results) -> str:
    """Return the whole page."""
    sections = [
        _head(results),
        _targets(results),
        _scores(results),
        _rolling(results),
        _against_others(results),
        _effort(results),
        _speed(results),
        _proof(results),
        _pictures(results),
    ]
    return "\n".join(section for section in sections if section)


def _head(results: Results) -> str:
    manifest = results.manifest
    file = COMPILED if COMPILED in manifest.files else NETWORK
    libraries = ", ".join(f"{name} {version}" for name, version in results.libraries.items())
    return (
        "# Accuracy: the figures\n\n"
        "This page is written by `make bench-accuracy`; [accuracy.md](accuracy.md) says what is "
        f"measured and how.\n\nModel `{manifest.model}`, version {manifest.version} (made "
        f"{manifest.created_at:%Y-%m-%d}; {file} {manifest.files[file].sha256[:12]}); "
        f"{libraries}.\n"
    )


def _proof(results: Results) -> str:
    rows = [
        (
            proof.set_name,
            f"{proof.published:.4f}",
            f"{proof.measured:.4f}",
            "to three decimals" if not proof.on_other_data else "within 2 %: not the same data",
            number(published_mase(item, "AutoETS")),
            number(results.others(item).get("AutoETS", math.nan)),
        )
        for proof, item in zip(results.proofs, results.all_sets, strict=True)
    ]
    heads = ("", "published", "here", "agrees", "AutoETS published", "AutoETS here")
    return "## The check of the benchmark\n\nMASE of seasonal naive, and of AutoETS:\n\n" + _table(
        heads, rows
    )


def _scores(results: Results) -> str:
    if not results.sets:
        return ""
    return (
        "## Scores\n\nEach cell shows MASE / WQL / coverage of the 80% interval / milliseconds per "
        "series on one core; published rows show MASE / WQL. The last two columns are geometric "
        "means over the sets, relative to the published seasonal naive. The best methods are on "
        "top.\n\n" + _score_table(results, results.sets, "relative WQL")
    )


def _rolling(results: Results) -> str:
    if not results.tasks:
        return ""
    return (
        "## Rolling tasks\n\nEach cell shows MASE / score / coverage of the 80% interval / "
        "milliseconds per window on one core; published rows show MASE / score. The score is CRPS "
        "for us_births and SQL for uci_air. The series come with their dates. The last two columns "
        "are geometric means over the tasks, relative to the published seasonal naive.\n\n"
        + _score_table(results, results.tasks, "relative score")
    )


def _score_table(results: Results, sets: list[EvaluationSet], last: str) -> str:
    rows = [
        (
            row.name,
            *(_cell(row, item) for item in sets),
            number(row.relative(sets, "mase")),
            number(row.relative(sets, "wql")),
        )
        for row in results.rows(sets)
    ]
    return _table(("", *(item.name for item in sets), "relative MASE", last), rows)


def _cell(row: Row, evaluation_set: EvaluationSet) -> str:
    scores = row.scores.get(evaluation_set.name)
    if scores is None:
        return "–"
    cell = f"{scores.mase:.3f} / {scores.wql:.4f}"
    if isinstance(scores, Scores):
        cell += f" / {scores.coverage_80:.0%} / {scores.milliseconds:.2f}"
    return cell


def _against_others(results: Results) -> str:
    rows = []
    for item in results.all_sets:
        mase, others = results.ours[STANDARD].scores[item.name].mase, results.others(item)
        place = 1 + sum(other < mase for other in others.values())
        best = min(others, key=others.__getitem__)
        ratios = [mase / others.get(name, math.nan) for name in (best, "AutoETS")]
        rows.append(
            (
                *(item.name, number(mase), f"{place} of {1 + len(others)}"),
                *(f"{best} ({number(others[best])})", *map(number, ratios)),
            )
        )
    heads = ("", "MASE", "place", "the best other", "ratio to it", "ratio to AutoETS here")
    return (
        "## Against the others, set by set\n\nThe season length is given. Below a ratio of 1 the "
        "version is ahead.\n\n" + _table(heads, rows)
    )


def _effort(results: Results) -> str:
    rows = []
    for way in (FAST, STANDARD, BEST):
        method = results.ours[way]
        cells = []
        for sets in (results.sets, results.tasks):
            times = [method.scores[item.name].milliseconds for item in sets]
            cells += [
                number(method.relative(sets, "mase")),
                number(method.relative(sets, "wql")),
                f"{statistics.fmean(times):.2f}" if times else "–",
            ]
        every = results.all_sets
        gain = difference(results.difference(way, every))
        rows.append((way.effort, *cells, number(method.relative(every, "mase")), gain))
    heads = (
        *("effort", "sets: relative MASE", "relative WQL", "ms per series"),
        *("rolling tasks: relative MASE", "relative score", "ms per window"),
        *(f"all {len(results.all_sets)}: relative MASE", "against standard"),
    )
    return (
        "## Effort\n\nThe season length is given. The milliseconds are means over the sets, on one "
        "core.\n\n" + _table(heads, rows)
    )


def _speed(results: Results) -> str:
    rows = [
        (name, f"{speed.milliseconds_one:.2f}", f"{speed.series_per_second:,.0f}")
        for name, speed in (
            ("season length given", results.speed_given),
            ("season length detected", results.speed_detected),
        )
    ]
    heads = ("", "one series, ms", f"a batch of {BATCH:,}, series per second")
    return (
        f"## Speed\n\nThe Forecaster forecasts series of {POINTS} points {HORIZON} steps ahead on "
        "one core. The figures are medians of processor time.\n\n" + _table(heads, rows)
    )


def _targets(results: Results) -> str:
    return (
        "## Against the targets\n\nThe season length is given, except where the table says "
        "otherwise. How fast the service is, also beside earlier versions, is on the page about "
        "[performance](performance.md).\n\n"
        + _table(("what", "reached", "at least", "aim"), target_rows(results))
    )


def _pictures(results: Results) -> str:
    if not results.pictures:
        return ""
    return (
        "## Forecasts\n\nFor each set, the series with the median MASE is drawn, and the one at "
        "the 95% point, which is forecast badly; for each rolling task, the windows likewise.\n\n"
        + "\n".join(f"![Forecasts of {name}]({path})" for name, path in results.pictures.items())
        + "\n"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("|  |", "| |")
