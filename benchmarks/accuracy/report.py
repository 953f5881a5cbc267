"""The results of a run as a page in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from benchmarks.accuracy.results import Results, Row
from benchmarks.accuracy.rolling import RollingTask
from benchmarks.accuracy.scores import Scores
from benchmarks.accuracy.sets import EvaluationSet
from benchmarks.accuracy.speed import BATCH, HORIZON, POINTS
from forecasting.store.manifest import COMPILED, NETWORK


def page(results: Results) -> str:
    """Return the whole page."""
    sections = [
        _head(results),
        _proof(results),
        _scores(results),
        _rolling(results),
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
        )
        for proof in results.proofs
    ]
    return "## The check of the benchmark\n\nMASE of seasonal naive:\n\n" + _table(
        ("", "published", "here", "agrees"), rows
    )


def _scores(results: Results) -> str:
    heads = ("", *(item.name for item in results.sets), "relative MASE", "relative WQL")
    rows = [
        (
            row.name,
            *(_cell(row, item) for item in results.sets),
            _number(row.relative(results.sets, "mase")),
            _number(row.relative(results.sets, "wql")),
        )
        for row in results.rows
    ]
    return (
        "## Scores\n\nEach cell shows MASE / WQL / coverage of the 80% interval / milliseconds per "
        "series on one core; published rows show MASE / WQL. The last two columns are geometric "
        "means over the sets, relative to the published seasonal naive. The best methods are on "
        "top.\n\n" + _table(heads, rows)
    )


def _rolling(results: Results) -> str:
    if not results.tasks:
        return ""
    heads = ("", *(task.name for task in results.tasks), "relative MASE", "relative score")
    rows = [
        (
            row.name,
            *(_cell(row, task) for task in results.tasks),
            _number(row.relative(results.tasks, "mase")),
            _number(row.relative(results.tasks, "wql")),
        )
        for row in results.rolling_rows
    ]
    return (
        "## Rolling tasks\n\nEach cell shows MASE / score / coverage of the 80% interval / "
        "milliseconds per window on one core; published rows show MASE / score. The score is CRPS "
        "for us_births and SQL for uci_air. The series come with their dates. The last two columns "
        "are geometric means over the tasks, relative to the published seasonal naive.\n\n"
        + _table(heads, rows)
    )


def _cell(row: Row, evaluation_set: EvaluationSet | RollingTask) -> str:
    scores = row.scores.get(evaluation_set.name)
    if scores is None:
        return "–"
    cell = f"{scores.mase:.3f} / {scores.wql:.4f}"
    if isinstance(scores, Scores):
        cell += f" / {scores.coverage_80:.0%} / {scores.milliseconds:.2f}"
    return cell


def _against_autoets(results: Results) -> str:
    rows = []
    for evaluation_set in results.sets:
        mase = results.given.scores[evaluation_set.name].mase
        cells = [evaluation_set.name, _number(mase)]
        for scores in (results.autoets(evaluation_set), evaluation_set.published.get("auto_ets")):
            if scores is None:
                cells += ["–", "–"]
            else:
                cells += [_number(scores.mase), _number(mase / scores.mase)]
        rows.append(cells)
    heads = ("", "MASE", "AutoETS here", "ratio", "AutoETS published", "ratio")
    return "## Against AutoETS, set by set\n\n" + _table(heads, rows)


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
    return "## Against the targets\n\n" + _table(
        ("what", "reached", "at least", "aim"), _target_rows(results)
    )


def _target_rows(results: Results) -> list[tuple[str, str, str, str]]:
    """Return rows of: what is measured, what the version reaches, the least it must reach, the aim.

    The season length is given to the version.
    """
    ours, sets, speed = results.given, results.sets, results.speed_given
    covered = [scores.coverage_80 for scores in ours.scores.values()]
    rows = [
        ("relative MASE", f"{ours.relative(sets, 'mase'):.3f}", "≤ 0.705", "≤ 0.68"),
        ("relative WQL", f"{ours.relative(sets, 'wql'):.3f}", "≤ 0.595", "≤ 0.565"),
        (
            "coverage of the 80% interval, each set",
            f"{min(covered):.0%} – {max(covered):.0%}",
            "72 – 88%",
            "77 – 83%",
        ),
        ("network", f"{results.manifest.files[NETWORK].size / 1e6:.1f} MB", "≤ 10 MB", "≤ 5 MB"),
        (
            "one series of 100 points, horizon 12",
            f"{speed.milliseconds_one:.2f} ms",
            "≤ 2 ms",
            "≤ 0.7 ms",
        ),
        (
            "1,000 such series in one batch",
            f"{speed.series_per_second:,.0f} per second",
            "≥ 1,000",
            "≥ 4,000",
        ),
    ]
    measured = {item.name: results.autoets(item) for item in sets}
    published = {item.name: item.published.get("auto_ets") for item in sets}
    for source, autoets in (("published", published), ("here", measured)):
        ratios = [
            ours.scores[name].mase / scores.mase
            for name, scores in autoets.items()
            if scores is not None
        ]
        if ratios:
            what = f"MASE against AutoETS {source}, the worst set"
            rows.insert(2, (what, f"{max(ratios):.2f} ×", "≤ 1.02 ×", "≤ 0.97 ×"))
    return rows


def _pictures(results: Results) -> str:
    if not results.pictures:
        return ""
    return (
        "## Forecasts\n\nFor each set, the series with the median MASE is drawn, and the one at "
        "the 95% point, which is forecast badly.\n\n"
        + "\n".join(f"![Forecasts of {name}]({path})" for name, path in results.pictures.items())
        + "\n"
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("|  |", "| |")
