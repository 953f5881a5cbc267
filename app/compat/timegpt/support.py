"""What of TimeGPT is not done here, and says so: an answer would look right and be another's."""

from __future__ import annotations

from typing import NoReturn

from app.compat.timegpt.schemas import (
    FinetuneFields,
    ForecastingPayload,
    ForecastPayload,
    Payload,
)
from forecasting.errors import RequestError

_DEPTHS = (1, 5)
"""The default, and the depth at which all of a network is trained, as is always done here."""

_ADDITIVE = (None, "shapley")


def check_supported(payload: Payload) -> None:
    """Raise RequestError for what a request asks for, and this service does not do."""
    if payload.job_options is not None:
        refuse(
            "job_options",
            "how long a job may take is the setting FORECAST_MAX_JOB_SECONDS. Leave out "
            "job_timeout_seconds.",
        )
    if isinstance(payload, FinetuneFields):
        _check_finetuning(payload)
    if isinstance(payload, ForecastingPayload):
        _check_forecasting(payload)


def check_contributions(payload: ForecastPayload) -> None:
    """Raise RequestError if a request asks for what features add in another way than is done."""
    if payload.feature_contributions and payload.feature_contributions_type not in _ADDITIVE:
        refuse(
            "feature_contributions_type",
            "what a feature adds is told as 'shapley' only, which is the default.",
        )


def _check_finetuning(payload: FinetuneFields) -> None:
    if isinstance(payload, ForecastingPayload) and payload.finetune_steps:
        refuse(
            "finetune_steps",
            "a model is trained once, and not for a single request. Call finetune(…) first, and "
            "pass its answer as finetuned_model_id.",
        )
    if payload.finetune_loss != "default":
        refuse(
            "finetune_loss",
            "networks are trained by the quantile loss here, which is the loss 'default'.",
        )
    if payload.finetune_depth not in _DEPTHS:
        refuse(
            "finetune_depth",
            "all of a network is trained, which is the depth 5. Leave it out.",
        )


def _check_forecasting(payload: ForecastingPayload) -> None:
    if payload.multivariate:
        refuse(
            "multivariate",
            "series are forecast each from its own past here. Leave out multivariate, or pass the "
            "other series as exogenous features.",
        )
    if payload.model_parameters:
        refuse("model_parameters", "models have no parameters here.")
    if not payload.clean_ex_first and payload.series.X:
        refuse(
            "clean_ex_first",
            "the effects of exogenous features are always taken out before the network forecasts. "
            "Leave out clean_ex_first.",
        )


def refuse(field: str, why: str) -> NoReturn:
    """Raise RequestError for a field of a request."""
    raise RequestError(why, code="not_supported", path=(field,))
