"""What a run found, as a page in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from benchmarks.accuracy.results import Results, Row
from benchmarks.accuracy.scores import Scores
from benchmarks.accuracy.sets import EvaluationSet
from benchmarks.accuracy.speed import BATCH, HORIZON, POINTS
from benchmarks.accuracy.targets import against_targets
from forecasting.store.manifest import COMPILED, NETWORK


def page(results: Results) -> str:
    sections = [
        _head(results),
        _proof(results),
        _scores(results),
        _against_autoets(results),
        _speed(results),
        _targets(results),
        _pictures(results),
    ]
    return "\n".join(section for section in sections if section)


def _head(results: Results) -> str:
    manifest = results.manifest
    file = COMPILED if COMPILED in manifest.files else NETWORK
    libraries = ", ".join(f"{name} {version}" for name, version in results.libraries.items())
    return (
        "# Accuracy: the figures\n\n"
        "Written by `make bench-accuracy`; [accuracy.md](accuracy.md) says what is measured and "
        f"how.\n\nModel `{manifest.model}`, version {manifest.version} (made "
        f"{manifest.created_at:%Y-%m-%d}; {file} {manifest.files[file].sha256[:12]}); "
        f"{libraries}.\n"
    )


def _proof(results: Results) -> str:
    rows = [
        (
            proof.set_name,
            f"{proof.published:.4f}",
            f"{proof.ours:.4f}",
            "to three decimals" if not proof.on_other_data else "within 2 %: not the same data",
        )
        for proof in results.proofs
    ]
    return "## The harness\n\nSeasonal naive's MASE:\n\n" + _table(
        ("", "published", "here", "agrees"), rows
    )


def _scores(results: Results) -> str:
    heads = ("", *(one.name for one in results.sets), "relative MASE", "relative WQL")
    rows = [
        (
            row.name,
            *(_cell(row, one) for one in results.sets),
            _number(row.relative(results.sets, "mase")),
            _number(row.relative(results.sets, "wql")),
        )
        for row in results.rows
    ]
    return (
        "## Scores\n\nEach cell: MASE / WQL / coverage of the 80% interval / milliseconds a series "
        "on one core; of published rows, MASE / WQL. The last two columns are geometric means over "
        "the sets, relative to the published seasonal naive; the best are on top.\n\n"
        + _table(heads, rows)
    )


def _cell(row: Row, one: EvaluationSet) -> str:
    scores = row.scores.get(one.name)
    if scores is None:
        return "–"
    cell = f"{scores.mase:.3f} / {scores.wql:.4f}"
    if isinstance(scores, Scores):
        cell += f" / {scores.coverage_80:.0%} / {scores.milliseconds:.2f}"
    return cell


def _against_autoets(results: Results) -> str:
    rows = []
    for one in results.sets:
        mase = results.given.scores[one.name].mase
        theirs = results.autoets(one), one.published.get("auto_ets")
        beside = [
            cell
            for scores in theirs
            for cell in (
                ("–", "–")
                if scores is None
                else (_number(scores.mase), _number(mase / scores.mase))
            )
        ]
        rows.append((one.name, _number(mase), *beside))
    heads = ("", "MASE", "AutoETS here", "ours : it", "AutoETS published", "ours : it")
    return "## Against AutoETS, set by set\n\n" + _table(heads, rows)


def _speed(results: Results) -> str:
    rows = [
        (name, f"{speed.milliseconds_one:.2f}", f"{speed.series_a_second:,.0f}")
        for name, speed in (
            ("season length given", results.speed_given),
            ("season length detected", results.speed_detected),
        )
    ]
    heads = ("", "one series, ms", f"a batch of {BATCH:,}, series a second")
    return (
        f"## Speed\n\nSeries of {POINTS} points, horizon {HORIZON}, through the Forecaster on one "
        "core; medians of the processor's time.\n\n" + _table(heads, rows)
    )


def _targets(results: Results) -> str:
    return "## Against the targets\n\n" + _table(
        ("what", "reached", "at least", "aim"), against_targets(results)
    )


def _pictures(results: Results) -> str:
    if not results.pictures:
        return ""
    return (
        "## Forecasts\n\nOf each set the series whose MASE is the median, and the one at the "
        "95% point, where it goes badly.\n\n"
        + "\n".join(f"![Forecasts of {one}]({path})" for one, path in results.pictures.items())
        + "\n"
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("|  |", "| |")
