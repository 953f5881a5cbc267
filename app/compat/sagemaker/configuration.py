"""How DeepAR and GluonTS are told what to answer: for each request, or for all in a batch."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from forecasting.prediction.defaults import decimal_name

VARIABLE = "INFERENCE_CONFIG"
_MOST_SAMPLES = 10_000
_MOST_QUANTILES = 80
_USUAL = ("0.1", "0.5", "0.9")
_AS_WRITTEN = 'a quantile lies above 0 and below 1, and is written as "0.1", 0.1 or "p10"'
_DECIMAL = re.compile(r"0?\.\d{1,12}", re.ASCII)
_PERCENT = re.compile(r"p(\d{2})", re.ASCII)


OutputType = Literal["mean", "quantiles", "samples"]


class NamedQuantile(NamedTuple):
    """A quantile, and what it is called in the answer."""

    name: str
    probability: float


def _read_quantile(given: Any) -> NamedQuantile:
    """Return a quantile that is written as "0.1", 0.1 or "p10"."""
    percent = _PERCENT.fullmatch(given) if isinstance(given, str) else None
    if percent is not None:
        probability = int(percent[1]) / 100
        named = NamedQuantile(str(probability), probability)
    elif isinstance(given, str) and _DECIMAL.fullmatch(given):
        named = NamedQuantile(given, float(given))
    elif isinstance(given, float):
        named = NamedQuantile(decimal_name(given), given)
    else:
        raise ValueError(_AS_WRITTEN)
    if not 0 < named.probability < 1:
        raise ValueError(_AS_WRITTEN)
    return named


Quantile = Annotated[NamedQuantile, PlainValidator(_read_quantile)]


class Configuration(BaseModel):
    """What is asked for beside the series."""

    model_config = ConfigDict(extra="forbid", strict=True)

    output_types: list[OutputType] = ["mean", "quantiles"]
    quantiles: list[Quantile] = Field(
        default_factory=lambda: [NamedQuantile(name, float(name)) for name in _USUAL],
        max_length=_MOST_QUANTILES,
    )
    num_samples: int = Field(100, ge=1, le=_MOST_SAMPLES)
    freq: str | None = Field(None, max_length=32)
    prediction_length: int | None = Field(None, ge=1)

    def wants(self, kind: OutputType) -> bool:
        """Return whether the answer is to have that."""
        return kind in self.output_types


def configuration_of_environment() -> Configuration:
    """Return what is asked for with JSON Lines, which have no place for it: INFERENCE_CONFIG, in
    which SageMaker tells it to containers.

    Raises ValidationError if it makes no sense.
    """
    return Configuration.model_validate_json(os.environ.get(VARIABLE) or "{}")


def mistakes_in_environment() -> list[str]:
    """Return what is wrong with what SageMaker tells containers."""
    try:
        configuration_of_environment()
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = "/".join(map(str, fault["loc"]))
        return [f"{VARIABLE}: {place + ': ' if place else ''}{fault['msg']}"]
    return []
