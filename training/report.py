"""A version as text for people."""

from forecasting.errors import BrokenVersionError
from forecasting.manifest import Evaluation, Manifest, Scores
from forecasting.store import ModelStore

_SCORES = {
    "mase": "MASE",
    "smape": "sMAPE",
    "wql": "WQL",
    "coverage_80": "coverage of the 80% interval",
}


def describe(manifest: Manifest) -> str:
    """What the version is, and its scores beside seasonal naive's."""
    signature = manifest.signature
    lines = [
        f"{manifest.model}, version {manifest.version}",
        f"  made       {manifest.created_at:%Y-%m-%d %H:%M} UTC",
        f"  horizon    {signature.horizon}",
        f"  context    {signature.context_length} values",
        f"  quantiles  {', '.join(map(str, signature.quantiles or ())) or 'none'}",
    ]
    if manifest.data is not None:
        data = manifest.data
        lines.append(f"  data       {data.series} series, {data.observations} observations")
    if manifest.evaluation is not None:
        lines += _table(manifest.evaluation)
    return "\n".join(lines)


def list_line(store: ModelStore, model: str, version: int) -> str:
    """One version on one line; what is wrong with it, if something is."""
    name = f"{model:24}{version:>5}  "
    try:
        manifest = store.manifest(model, version)
    except BrokenVersionError as error:
        return f"{name}broken: {error.message}"
    line = f"{name}{manifest.created_at:%Y-%m-%d %H:%M}  horizon {manifest.signature.horizon:<4}"
    if manifest.evaluation is not None:
        evaluation = manifest.evaluation
        line += f"  MASE {_cell(evaluation.model, 'mase')}"
        line += f" (seasonal naive {_cell(evaluation.seasonal_naive, 'mase')})"
    return line


def _table(evaluation: Evaluation) -> list[str]:
    naive = "seasonal naive" if evaluation.season_length > 1 else "naive"
    lines = [
        f"  held-out tail, {evaluation.windows} windows of {evaluation.horizon}:",
        f"    {'':30}{'model':>10}{naive:>16}",
    ]
    for field, title in _SCORES.items():
        ours, theirs = _cell(evaluation.model, field), _cell(evaluation.seasonal_naive, field)
        if ours != "–":
            lines.append(f"    {title:30}{ours:>10}{theirs:>16}")
    return lines


def _cell(scores: Scores, field: str) -> str:
    score = getattr(scores, field)
    return "–" if score is None else f"{score:.3f}"
