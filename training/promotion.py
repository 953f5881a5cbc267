"""Deciding whether a new version takes the alias `production`."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.errors import BrokenVersionError, ForecastingError, StoreUnreachableError
from forecasting.networks.recipe import ZERO_SHOT
from forecasting.store.loader import errors_as_broken_version, load_version
from forecasting.store.manifest import Evaluation, PromotePolicy, Promotion, Scores
from forecasting.store.store import ModelStore
from training.evaluation import ScoredWindows

_LEAST_GAIN = 0.001
"""The share by which a version must be better than zero-shot. A copy differs by less."""


@dataclass(frozen=True, slots=True)
class PromotionDecision:
    """Whether a version is promoted, and the scores that the decision rests on."""

    evaluation: Evaluation | None
    """The version's scores, with those of the version in production; None if it has none."""
    promotion: Promotion


def compare_with_production(
    store: ModelStore,
    model: str,
    policy: PromotePolicy,
    *,
    evaluation: Evaluation,
    tail: ScoredWindows,
) -> PromotionDecision:
    """Score the version that is served by default on the windows of `evaluation`, and decide.

    `tail` are these windows.

    Raises BrokenVersionError if the model's aliases cannot be read.
    """
    incumbent = store.default_version(model)
    if incumbent is None:
        return PromotionDecision(evaluation, decide(policy, None, evaluation))
    try:
        with errors_as_broken_version(store, model, incumbent):
            version = load_version(store, model, incumbent)
            scores = tail.score(version.forecaster)
    except ForecastingError as error:
        _raise_outage(error)
        promotion = decide(policy, incumbent, evaluation, problem=error.message)
        return PromotionDecision(evaluation, promotion)
    evaluation = evaluation.model_copy(update={"production": scores})
    return PromotionDecision(evaluation, decide(policy, incumbent, evaluation))


def score_zero_shot(store: ModelStore, model: str, tail: ScoredWindows) -> Scores | None:
    """Score on the held-out tail what a series gets without training.

    Returns None if the store has no such version that works, or if that is the `model` itself.
    """
    try:
        version = None if model == ZERO_SHOT else store.default_version(ZERO_SHOT)
    except BrokenVersionError:
        return None
    return None if version is None else score_version(store, ZERO_SHOT, version, tail)


def score_version(
    store: ModelStore, model: str, version: int, tail: ScoredWindows
) -> Scores | None:
    """Score a version on the held-out tail; None if it cannot be loaded or cannot forecast it."""
    try:
        with errors_as_broken_version(store, model, version):
            return tail.score(load_version(store, model, version).forecaster)
    except ForecastingError as error:
        _raise_outage(error)
        return None


def _raise_outage(error: ForecastingError) -> None:
    """Raise StoreUnreachableError if that is why a version cannot be scored."""
    for cause in (error, error.__cause__):
        if isinstance(cause, StoreUnreachableError):
            raise cause


def decide_without_scores(
    store: ModelStore, model: str, policy: PromotePolicy
) -> PromotionDecision:
    """Decide about a version that has no held-out tail to be scored on.

    Raises BrokenVersionError if the model's aliases cannot be read.
    """
    return PromotionDecision(None, decide(policy, store.default_version(model), None))


def decide(
    policy: PromotePolicy,
    incumbent: int | None,
    evaluation: Evaluation | None,
    problem: str | None = None,
) -> Promotion:
    """Decide by the policy, and by the scores if it is IF_BETTER.

    By its scores the first version of a model is promoted, and a later one if it scores better
    than `incumbent`, the version served so far. If `problem` says why the incumbent cannot forecast
    these windows, the version must score better than seasonal naive instead. In any case it must
    score better than zero-shot, if that is known, for else it need not have been trained.
    """
    promoted, reason = _compare(incumbent, evaluation, problem)
    if promoted and evaluation is not None and evaluation.zero_shot is not None:
        promoted, against = _is_better(
            evaluation.model, evaluation.zero_shot, ZERO_SHOT, by=_LEAST_GAIN
        )
        reason = f"{reason}; {against}"
        if not promoted:
            worse, _ = _is_better(
                evaluation.zero_shot, evaluation.model, "the version", by=_LEAST_GAIN
            )
            reason += f": {ZERO_SHOT} is {'better' if worse else 'as good'}"
            if policy is PromotePolicy.IF_BETTER:
                reason += ", nothing promoted"
    if policy is not PromotePolicy.IF_BETTER:
        promoted = policy is PromotePolicy.ALWAYS
        how = "promoted in any case" if promoted else "not promoted"
        reason = f"{how}, as was asked; {reason}"
    return Promotion(policy=policy, incumbent=incumbent, promoted=promoted, reason=reason)


def _compare(
    incumbent: int | None, evaluation: Evaluation | None, problem: str | None
) -> tuple[bool, str]:
    if incumbent is None:
        return True, "the model had no version before"
    if evaluation is None:
        return False, f"it was not scored, and so not compared with version {incumbent}"
    if evaluation.production is not None:
        return _is_better(evaluation.model, evaluation.production, f"version {incumbent}")
    better, reason = _is_better(evaluation.model, evaluation.seasonal_naive, "seasonal naive")
    return better, f"version {incumbent} cannot forecast the held-out tail ({problem}); {reason}"


def _is_better(
    scores: Scores, others: Scores, other_name: str, by: float = 0.0
) -> tuple[bool, str]:
    """Compare MASE, or sMAPE if MASE is not defined because every past is constant.

    To be better, a score must be lower by more than the share `by`.
    """
    share = 1 - by
    if scores.mase is not None and others.mase is not None:
        return (
            scores.mase < share * others.mase,
            f"MASE {scores.mase:g}, {other_name} {others.mase:g}",
        )
    if scores.smape is not None and others.smape is not None:
        return (
            scores.smape < share * others.smape,
            f"sMAPE {scores.smape:g}, {other_name} {others.smape:g}",
        )
    return False, f"it has no score in common with {other_name}"
