"""Text that describes a version to people."""

from collections.abc import Iterable, Iterator, Sequence

from forecasting.errors import BrokenVersionError
from forecasting.networks.signature import CovariateInput
from forecasting.store.manifest import Candidate, Evaluation, Manifest, Scores
from forecasting.store.store import ModelStore

_SCORES = {
    "mase": "MASE",
    "smape": "sMAPE",
    "wql": "WQL",
    "coverage_80": "coverage of the 80% interval",
}


def describe(manifest: Manifest) -> str:
    """Describe a version in a few lines: what it is, and its scores beside seasonal naive's."""
    signature = manifest.signature
    lines = [
        f"{manifest.model}, version {manifest.version}",
        f"  made       {manifest.created_at:%Y-%m-%d %H:%M} UTC",
        f"  horizon    {signature.horizon}",
        f"  context    {signature.context_length} values",
        f"  quantiles  {', '.join(map(str, signature.quantiles or ())) or 'none'}",
    ]
    lines += [f"  {title:11}{_covariate(item)}" for title, item in _titled(signature.covariates)]
    if manifest.data is not None:
        data = manifest.data
        lines.append(f"  data       {data.series} series, {data.observations} observations")
    if manifest.candidates:
        lines.append("  candidates, their MASE on the validation part:")
        lines += [_candidate_line(candidate) for candidate in manifest.candidates]
    if manifest.evaluation is not None:
        lines += _score_table(manifest.evaluation)
    if manifest.promotion is not None:
        promotion = manifest.promotion
        outcome = "took production" if promotion.promoted else "did not take production"
        lines.append(f"  {outcome}: {promotion.reason}")
    return "\n".join(lines)


def _titled(inputs: Sequence[CovariateInput]) -> Iterator[tuple[str, CovariateInput]]:
    """Yield the covariates of a version, the first with the title of all."""
    yield from zip(["covariates", *[""] * len(inputs)], inputs, strict=False)


def _covariate(item: CovariateInput) -> str:
    """Describe a covariate that a version takes."""
    categories = f" ({', '.join(item.categories)})" if item.categories else ""
    return f"{item.name}: {item.role}, {item.type}{categories}"


def list_line(store: ModelStore, model: str, version: int) -> str:
    """Describe a version on one line, or say there what is wrong with it."""
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
    return "  ".join([line, *_alias_names(store, model, version)])


def _alias_names(store: ModelStore, model: str, version: int) -> list[str]:
    """Return the aliases that name a version, or none if they cannot be read."""
    try:
        aliases = store.aliases(model)
        return sorted(name for name, alias_version in aliases.items() if alias_version == version)
    except BrokenVersionError:
        return []


def _candidate_line(candidate: Candidate) -> str:
    chosen = "  chosen" if candidate.chosen else ""
    return f"    {candidate.name:46}{_cell(candidate.validation, 'mase'):>8}{chosen}"


def _score_table(evaluation: Evaluation) -> list[str]:
    naive = "seasonal naive" if evaluation.season_length > 1 else "naive"
    others = {
        naive: evaluation.seasonal_naive,
        "Theta": evaluation.theta,
        "zero-shot": evaluation.zero_shot,
        "base": evaluation.base,
        "production": evaluation.production,
    }
    known = {name: scores for name, scores in others.items() if scores is not None}
    columns = {"model": evaluation.model} | known
    lines = [
        f"  held-out tail, {evaluation.windows} windows of {evaluation.horizon}:",
        _row("", columns),
    ]
    for field, title in _SCORES.items():
        cells = [_cell(scores, field) for scores in columns.values()]
        if cells[0] != "–":
            lines.append(_row(title, cells))
    return lines


def _row(title: str, cells: Iterable[str]) -> str:
    return f"    {title:30}" + "".join(f"{cell:>16}" for cell in cells)


def _cell(scores: Scores, field: str) -> str:
    score = getattr(scores, field)
    return "–" if score is None else f"{score:.3f}"
