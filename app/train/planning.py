"""From the options and the series of a `/train` request to a job that can be trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.access.caller import current
from app.requests.covariates import complete_covariates, find_days
from app.requests.limits import check_observations, check_series_count
from app.requests.series_items import SeriesItem, as_seen, read_all
from app.settings.settings import Settings
from app.train.schemas import TrainOptions
from forecasting.errors import ForecastingError, RecipeError, SeriesError
from forecasting.evaluation.data_split import find_split_points
from forecasting.jobs.fit_options import FitOptions, find_base, resolve_recipe
from forecasting.jobs.tuning_options import choose_tuned_recipe
from forecasting.networks.recipe import Recipe
from forecasting.networks.signature import Signature
from forecasting.series.series import Series
from forecasting.store.store import ModelStore

if TYPE_CHECKING:
    from forecasting.covariates.day_features import DayFeature


def plan_training(
    request: TrainOptions, items: Sequence[SeriesItem], settings: Settings, store: ModelStore
) -> tuple[FitOptions, list[Series]]:
    """Return the options and the series of a job that can be trained.

    Raises SeriesError or RecipeError for every fault that can be known before the training, and
    ModelForbiddenError if the model is not the caller's.
    """
    check_series_count(len(items), settings.max_training_series, "FORECAST_MAX_TRAINING_SERIES")
    options = FitOptions(
        model=request.model,
        recipe=choose_tuned_recipe(request.recipe, request.base, request.tune),
        tune=request.tune,
        horizon=request.horizon,
        season_length=request.season_length,
        seed=request.seed,
        promote=request.promote,
        keep=settings.keep_versions,
    )
    _check_caller(options, store)
    try:
        base = find_base(options, store)
    except RecipeError as error:
        raise _placed(error, request) from error
    signature = None if base is None else base.signature
    series = _read(request, items, signature)
    observations = sum(item.values.size for item in series)
    check_observations(observations, settings.max_training_observations)
    check_frequencies(series)
    _check_ids(items, series)
    try:
        recipe = resolve_recipe(options, series, signature)
    except RecipeError as error:
        raise _placed(error, request) from error
    find_split_points(series, recipe)
    return options, series


def _placed(error: RecipeError, request: TrainOptions) -> RecipeError:
    """Return the error at the place where the request says what is wrong, which may be a recipe."""
    name = error.path[0] if error.path else None
    if name not in {"base", "horizon"} or getattr(request, str(name)) is not None:
        return error
    return error.under("recipe") if isinstance(request.recipe, Recipe) else error.at("recipe")


def _check_caller(options: FitOptions, store: ModelStore) -> None:
    """Raise ModelForbiddenError or NotFoundError if the caller may not train from or to a model."""
    caller, recipe = current.get(), options.recipe
    caller.check_owns(options.model)
    if recipe.base is not None:
        base = recipe.base.partition("/")[0]
        if not (recipe.search and caller.sees(base)):  # A search does without a base.
            caller.check_sees(base, store)


def check_frequencies(series: Sequence[Series]) -> None:
    """Raise SeriesError if the series do not all have the same frequency."""
    first, *others = (
        "no dates" if item.calendar is None else f"the frequency {item.calendar.frequency.name}"
        for item in series
    )
    for position, frequency in enumerate(others, start=1):
        if frequency != first:
            raise SeriesError(
                f"Series {_name(series[0], 0)!r} has {first}, but series "
                f"{_name(series[position], position)!r} has {frequency}. Train one model for each "
                "frequency.",
                code="frequencies_differ",
                path=("series",),
            )


def _read(
    request: TrainOptions, items: Sequence[SeriesItem], base: Signature | None
) -> list[Series]:
    """Return the series of a request with their covariates, which are the same for all of them.

    `base` is the signature of the version that is trained further, if there is one.

    Raises ForecastingError, its path within the request.
    """
    if base is not None and base.covariates:
        items = as_seen(items, base)
    series = read_all(items, request.date_rules())
    days = find_days(request.calendar)
    wanted = base is not None and bool(base.covariates)
    if not (days or wanted) and all(_is_plain(item) for item in series):
        return series
    from forecasting.covariates.inputs import covariate_inputs

    series = [
        _with_covariates(item, found, days, base) for item, found in zip(items, series, strict=True)
    ]
    try:
        covariate_inputs(series)
    except SeriesError as error:
        position, *within = error.path[1:]
        raise error.at(*items[int(position)].locate(tuple(within))) from error
    return series


def _is_plain(series: Series) -> bool:
    return series.covariates is None and not series.static


def _with_covariates(
    item: SeriesItem, series: Series, days: Sequence[DayFeature], base: Signature | None
) -> Series:
    """Return a series with its covariates, which are those that the base wants if it wants any."""
    from forecasting.covariates.day_features import with_features
    from forecasting.covariates.given import end_with_values
    from forecasting.covariates.targets import name_target

    try:
        series = end_with_values(series)
        if base is not None and base.covariates:
            return complete_covariates(series, days, None, base, exact=False)
        series = name_target(series)
        return with_features(series, days, 0) if days else series
    except ForecastingError as error:
        raise error.at(*item.locate(error.path)) from error


def _check_ids(items: Sequence[SeriesItem], series: Sequence[Series]) -> None:
    """Raise SeriesError if two series, or two targets of the same name, have the same id."""
    names: set[tuple[str, str | None]] = set()
    for position, (item, found) in enumerate(zip(items, series, strict=True)):
        name = _name(found, position)
        if (name, found.target) in names:
            raise SeriesError(
                f"More than one series has the id {name!r}. Give each series an id of its own.",
                code="id_repeated",
                path=item.locate(("id",)),
            )
        names.add((name, found.target))


def _name(series: Series, position: int) -> str:
    """Return the id of a series, or its position among the others if it has no id."""
    return str(position) if series.id is None else series.id
