"""The form of DeepAR and of GluonTS: series as `instances`, in one document or one on each line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request

from app.compat.forecasts import (
    SeriesForecast,
    ask_each,
    find_version,
    forecast,
    missing_as_null,
)
from app.compat.places import FieldPlaces, Places
from app.compat.sagemaker.configuration import (
    VARIABLE,
    Configuration,
    configuration_of_environment,
)
from app.compat.sagemaker.documents import ItemId
from app.compat.sagemaker.samples import SAMPLED, draw_samples, generator_of
from app.compat.steps import frequency_from
from app.predict.service import PredictService
from app.requests.limits import check_answer_values
from forecasting.errors import Path

Codes = list[Annotated[int, Field(strict=False)]]
"""The categories of a feature, or of each step."""
Reals = Annotated[
    list[float | None],
    BeforeValidator(lambda given: missing_as_null(given) if isinstance(given, list) else given),
]
"""The values of a feature, or of each step."""
_COLUMNS = ("future_covariates", "past_covariates", "static")
"""The fields of a series that hold features, by their names."""
_NAME = re.compile(r"(\w+)_(\d{1,9})", re.ASCII)


class Instance(BaseModel):
    """One series. Its features are lists without names."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: list[Any]
    start: str | None = None
    item_id: ItemId | None = None
    cat: Codes = []
    feat_static_cat: Codes = []
    feat_static_real: Reals = []
    dynamic_feat: list[Reals] = []
    feat_dynamic_real: list[Reals] = []
    feat_dynamic_cat: list[Codes] = []
    past_feat_dynamic_real: list[Reals] = []

    def asked(self, frequency: str | None) -> dict[str, Any]:
        """Return the series as `/predict` takes it. Its dates count if the frequency is known.

        Raises SeriesError, its path within the series, for a start that is no date.
        """
        series: dict[str, Any] = {"values": missing_as_null(self.target)}
        if self.item_id is not None:
            series["id"] = str(self.item_id)
        if frequency is not None and self.start is not None:
            start = self.start.partition("/")[0]  # GluonTS writes a week as its first and last day
            series |= {"start": start, "frequency": frequency_from(frequency, start)}
        beside = {
            "future_covariates": {
                **_named("dynamic_feat", self.dynamic_feat),
                **_named("feat_dynamic_real", self.feat_dynamic_real),
                **_named("feat_dynamic_cat", map(_categories, self.feat_dynamic_cat)),
            },
            "past_covariates": _named("past_feat_dynamic_real", self.past_feat_dynamic_real),
            "static": {
                **_named("cat", _categories(self.cat)),
                **_named("feat_static_cat", _categories(self.feat_static_cat)),
                **_named("feat_static_real", self.feat_static_real),
            },
        }
        return series | {name: columns for name, columns in beside.items() if columns}


class InstancesDocument(BaseModel):
    """The series of a request, and what is asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    instances: list[Instance]
    configuration: Configuration = Configuration()


class _Lines(BaseModel):
    """The series on the lines of a body."""

    lines: list[Instance]


@dataclass(frozen=True)
class _InstancePlaces(FieldPlaces):
    """The places in instances, whose features are lists without names."""

    def of(self, path: Path) -> Path:
        """Return the place in the body of a place in the request to `/predict`."""
        match path:
            case ("series", place, field, str(name), *within) if field in _COLUMNS:
                if found := _NAME.fullmatch(name):
                    return (self.series, place, found[1], int(found[2]), *within)
        return FieldPlaces.of(self, path)


class Batch(NamedTuple):
    """Series, what is asked for beside them, and what these are called in the body."""

    instances: Sequence[Instance]
    configuration: Configuration
    places: Places


def read_instances(document: Any) -> Batch:
    """Return the series of a document and what it asks for. Raises ValidationError."""
    given = InstancesDocument.model_validate(document)
    return Batch(given.instances, given.configuration, _places("instances", "configuration"))


def read_lines(documents: Sequence[Any]) -> Batch:
    """Return the series on the lines of a body; the environment says what is asked for.

    Raises ValidationError or RequestError.
    """
    instances = _Lines.model_validate({"lines": documents}).lines
    return Batch(instances, configuration_of_environment(), _places("lines", VARIABLE))


async def predict(
    request: Request, service: PredictService, model: str | None, batch: Batch, content: bytes
) -> list[dict[str, Any]]:
    """Return the prediction of each series, as DeepAR and GluonTS answer it.

    The frequency is that of the configuration, or else that of the model's training. The same
    `content`, which is the body of the request, gets the same samples.

    Raises what `/predict` does, at the places in the body.
    """
    asked = batch.configuration
    if not batch.instances:
        return []
    frequency = asked.freq
    if frequency is None:
        frequency = (await find_version(service, model)).frequency
    with batch.places.named():
        series = await asyncio.to_thread(
            ask_each, batch.instances, lambda instance: instance.asked(frequency)
        )
    probabilities = {
        *([named.probability for named in asked.quantiles] if asked.wants("quantiles") else ()),
        *(SAMPLED if asked.wants("samples") else ()),
    }
    body = {
        "series": series,
        "model": model,
        "horizon": asked.prediction_length,
        "quantiles": sorted(probabilities),
    }
    forecasts = await forecast(request, service, body, batch.places)
    with batch.places.named():
        if asked.wants("samples"):
            count = asked.num_samples * len(forecasts) * len(forecasts[0].point)
            check_answer_values(count, service.settings.max_forecast_values)
    return await asyncio.to_thread(_render, forecasts, asked, content)


def _render(
    forecasts: Sequence[SeriesForecast], asked: Configuration, content: bytes
) -> list[dict[str, Any]]:
    generator = generator_of(content)
    predictions = []
    for found in forecasts:
        prediction: dict[str, Any] = {}
        if asked.wants("mean"):
            prediction["mean"] = found.point
        if asked.wants("quantiles"):
            prediction["quantiles"] = {
                named.name: found.quantiles[named.probability] for named in asked.quantiles
            }
        if asked.wants("samples"):
            samples = draw_samples(found.quantiles, asked.num_samples, generator)
            prediction["samples"] = samples.tolist()
        predictions.append(prediction)
    return predictions


def _places(series: str, configuration: str) -> Places:
    fields: dict[str, Path] = {"values": ("target",), **dict.fromkeys(_COLUMNS, ())}
    options = {"horizon": "prediction_length", "quantiles": "quantiles", "frequency": "freq"}
    called: dict[str, Path] = {key: (configuration, name) for key, name in options.items()}
    return _InstancePlaces(series, fields, called)


def _named(field: str, features: Iterable[Any]) -> dict[str, Any]:
    """Return features by name: that of their field, and their number in it."""
    return {f"{field}_{number}": feature for number, feature in enumerate(features)}


def _categories(codes: Iterable[int]) -> list[str]:
    """Return the codes of categories as texts, for numbers would be taken as quantities."""
    return [str(code) for code in codes]
