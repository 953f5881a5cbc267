"""Whether a version can be trained anew for each window of a backtest."""

from __future__ import annotations

from app.backtest.service import BacktestQuestion
from app.requests.series_items import check_number
from app.settings import Settings
from app.train.service import check_frequencies, check_observations
from forecasting.errors import RecipeError
from forecasting.jobs.refit import check_first_pasts, refit_recipe
from forecasting.store.store import ModelStore


def check_refit(question: BacktestQuestion, store: ModelStore, settings: Settings) -> None:
    """Raises RecipeError or SeriesError, for all that can be known before the first is trained."""
    task = question.task
    recipe = refit_recipe(question.served.manifest)
    if recipe.base is not None:
        try:
            store.find_base(recipe.base)
        except RecipeError as error:
            raise error.at("refit") from error
    check_number(task.series, settings.max_training_series, "FORECAST_MAX_TRAINING_SERIES")
    check_observations(task.series, settings)
    check_frequencies(task.series)
    firsts = [task.plan.cutoffs(one.values.size)[0] for one in task.series]
    pasts = [one.before(first) for one, first in zip(task.series, firsts, strict=True)]
    check_first_pasts(pasts, recipe)
