"""What the shipped zero-shot version has to reach, beside what it reached."""

from __future__ import annotations

from benchmarks.accuracy.results import Results
from forecasting.store.manifest import NETWORK


def against_targets(results: Results) -> list[tuple[str, str, str, str]]:
    """Rows: what, reached (the season length given), at least, aim."""
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
            f"{speed.series_a_second:,.0f} a second",
            "≥ 1,000",
            "≥ 4,000",
        ),
    ]
    here = {one.name: results.autoets(one) for one in sets}
    published = {one.name: one.published.get("auto_ets") for one in sets}
    for whose, autoets in (("published", published), ("here", here)):
        ratios = [
            ours.scores[name].mase / scores.mase
            for name, scores in autoets.items()
            if scores is not None
        ]
        if ratios:
            what = f"MASE against AutoETS {whose}, the worst set"
            rows.insert(2, (what, f"{max(ratios):.2f} ×", "≤ 1.02 ×", "≤ 0.97 ×"))
    return rows
