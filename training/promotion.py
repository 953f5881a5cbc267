"""Whether a new version takes the alias `production`."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.errors import ForecastingError
from forecasting.networks.signature import Signature
from forecasting.store.loader import errors_as_broken_version, load_version
from forecasting.store.manifest import Evaluation, PromotePolicy, Promotion, Scores
from forecasting.store.store import ModelStore
from training.dataset import Dataset
from training.evaluation import evaluate_other_version
from training.fitting.split import Split


@dataclass(frozen=True, slots=True)
class PromotionDecision:
    evaluation: Evaluation | None
    promotion: Promotion


def compare_with_production(
    store: ModelStore,
    model: str,
    policy: PromotePolicy,
    *,
    evaluation: Evaluation,
    signature: Signature,
    dataset: Dataset,
    parts: Split,
) -> PromotionDecision:
    """Backtest the version that is served by default on the windows of `evaluation`, and decide.

    Raises BrokenVersionError where the model's aliases cannot be read.
    """
    incumbent = store.default_version(model)
    if incumbent is None:
        return PromotionDecision(evaluation, decide(policy, None, evaluation))
    try:
        with errors_as_broken_version(store, model, incumbent):
            version = load_version(store, model, incumbent)
            scores = evaluate_other_version(version.forecaster, signature, dataset, parts)
    except ForecastingError as error:
        return PromotionDecision(
            evaluation, decide(policy, incumbent, evaluation, trouble=error.message)
        )
    evaluation = evaluation.model_copy(update={"production": scores})
    return PromotionDecision(evaluation, decide(policy, incumbent, evaluation))


def decide_without_scores(
    store: ModelStore, model: str, policy: PromotePolicy
) -> PromotionDecision:
    """For a version without a held-out tail. Raises
    BrokenVersionError if the model's aliases cannot be read."""
    return PromotionDecision(None, decide(policy, store.default_version(model), None))


def decide(
    policy: PromotePolicy,
    incumbent: int | None,
    evaluation: Evaluation | None,
    trouble: str | None = None,
) -> Promotion:
    """The first version of a model is promoted; a later one if it scores better than `incumbent`,
    or than seasonal naive where `trouble` keeps the incumbent from forecasting these windows."""
    promoted, reason = _compare(incumbent, evaluation, trouble)
    if policy is not PromotePolicy.IF_BETTER:
        promoted = policy is PromotePolicy.ALWAYS
        reason = f"{policy} was asked for; {reason}"
    return Promotion(policy=policy, incumbent=incumbent, promoted=promoted, reason=reason)


def _compare(
    incumbent: int | None, evaluation: Evaluation | None, trouble: str | None
) -> tuple[bool, str]:
    if incumbent is None:
        return True, "the model had no version before"
    if evaluation is None:
        return False, f"there are no scores to compare with version {incumbent}'s"
    if evaluation.production is not None:
        return _is_better(evaluation.model, evaluation.production, f"version {incumbent}")
    better, reason = _is_better(evaluation.model, evaluation.seasonal_naive, "seasonal naive")
    return better, f"version {incumbent} cannot forecast the held-out tail ({trouble}); {reason}"


def _is_better(ours: Scores, theirs: Scores, name: str) -> tuple[bool, str]:
    """By MASE; by sMAPE where every past is constant and MASE says nothing."""
    if ours.mase is not None and theirs.mase is not None:
        return ours.mase < theirs.mase, f"MASE {ours.mase:g}, {name} {theirs.mase:g}"
    if ours.smape is not None and theirs.smape is not None:
        return ours.smape < theirs.smape, f"sMAPE {ours.smape:g}, {name} {theirs.smape:g}"
    return False, f"there are no scores to compare with {name}'s"
