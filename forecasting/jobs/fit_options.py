"""What a training is asked to do, and the recipe that follows from it and from the series."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from forecasting.covariates.inputs import covariate_inputs
from forecasting.errors import ForecastingError, RecipeError
from forecasting.jobs.tuning_options import TuningOptions
from forecasting.networks.recipe import Recipe, ResolvedRecipe, resolve, resolve_from_base
from forecasting.networks.signature import Signature
from forecasting.networks.time_inputs import usual_lags
from forecasting.prediction.seasons.detection import detect_season_length
from forecasting.series.series import Series
from forecasting.store.manifest import Manifest, ModelName, PromotePolicy
from forecasting.store.store import ModelStore


class FitOptions(BaseModel):
    """Everything that decides how a version is trained and published, except the series."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ModelName
    recipe: Recipe
    horizon: int | None = None
    """The number of steps to forecast. If it is None, the recipe or the season decides."""
    season_length: int | None = None
    """The number of steps in a season. If it is None, it follows from the series."""
    tune: TuningOptions | None = None
    """Whether other recipes like this one are tried, too."""
    seed: int = 0
    promote: PromotePolicy = PromotePolicy.IF_BETTER
    keep: int = 0
    """How many of the newest versions are kept, besides those in use; 0 keeps all."""


def find_base(options: FitOptions, store: ModelStore) -> Manifest | None:
    """Return the manifest of the version that is trained further; None if the network is a new one.

    A search does without a base that is not there, was not pretrained or forecasts too few steps.

    Raises RecipeError if another recipe names a version that does not exist, and BrokenVersionError
    if it is damaged.
    """
    recipe = options.recipe
    if recipe.base is None:
        return None
    try:
        parent = store.find_base(recipe.base)
        manifest = store.manifest(parent.model, parent.version)
    except ForecastingError:
        if recipe.search:
            return None
        raise
    if not recipe.search:
        return manifest
    horizon = options.horizon or recipe.horizon or 1
    pretrained = "network" in (manifest.recipe or {}) and manifest.signature.serves_any_series
    return manifest if pretrained and horizon <= manifest.signature.horizon else None


def resolve_recipe(
    options: FitOptions, series: Sequence[Series], base: Signature | None
) -> ResolvedRecipe:
    """Return the recipe with everything filled in that it leaves open.

    `series` are the ones to train on, at least one, all of one frequency. `base` is the signature
    of the version that `options.recipe.base` names, and None if it names none.

    Raises RecipeError, its path within `options`, if the result makes no sense, and SeriesError if
    the series have not all the same covariates.
    """
    season_length = _season_length(options, series, base)
    with_covariates = bool(covariate_inputs(series))
    if base is not None:
        if with_covariates and not base.covariates and not options.recipe.search:
            raise RecipeError(
                f"{options.recipe.base} was trained without covariates, and cannot learn to use "
                "them. Ask for a new network instead, as the recipe auto does, or leave out the "
                "covariates.",
                code="base_without_covariates",
                path=("base",),
            )
        return resolve_from_base(
            options.recipe, base, horizon=options.horizon, season_length=season_length
        )
    season = options.recipe.season_length or season_length
    lags = usual_lags(series, season) if with_covariates else None
    try:
        return resolve(
            options.recipe, horizon=options.horizon, season_length=season_length, lags=lags
        )
    except RecipeError as error:
        raise error.under("recipe") from error


def _season_length(options: FitOptions, series: Sequence[Series], base: Signature | None) -> int:
    """Return the season length that was asked for, or else the one that the frequency implies.

    If there is no frequency, a version that goes on from another one gets the season length that
    the longest series shows; a new network gets 1, which means no season.
    """
    if options.season_length is not None:
        return options.season_length
    calendar = series[0].calendar
    if calendar is not None:
        return calendar.frequency.season_length
    if base is None:
        return 1
    return detect_season_length(max((item.values for item in series), key=len))
