"""Series that are too short to be trained on, and what the error proposes."""

import re

import pytest

from forecasting.errors import RecipeError
from forecasting.evaluation.data_split import find_split_points
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import RECIPES, Recipe
from forecasting.networks.signature import Signature
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from training.pretraining.config import CONFIGS

BASE = CONFIGS["tiny"].signature


def check(count: int, frequency: str | None, horizon: int | None, recipe: Recipe) -> None:
    """Split a series of so many values by a recipe."""
    values = [float(n) for n in range(count)]  # without a season, which more values might show
    calendar = None if frequency is None else Calendar.from_start("2020-01-01", frequency)
    series = [Series.from_values(values, calendar=calendar)]
    base: Signature | None = None if recipe.base is None else BASE
    options = FitOptions(model="m", recipe=recipe, horizon=horizon)
    find_split_points(series, resolve_recipe(options, series, base))


@pytest.mark.parametrize("frequency", [None, "MS", "D"])
@pytest.mark.parametrize("horizon", [None, 1, 3, 12])
@pytest.mark.parametrize(
    "recipe",
    [
        RECIPES["auto"],
        RECIPES["lstm"],
        RECIPES["simple-rnn"],
        Recipe(test_fraction=0.7, validation_fraction=0.5),
        Recipe(context_length=5, padding=False, anchor="last"),
    ],
)
def test_what_the_error_proposes_can_be_trained_on(
    frequency: str | None, horizon: int | None, recipe: Recipe
) -> None:
    proposals = 0
    for count in range(3, 40):
        try:
            check(count, frequency, horizon, recipe)
        except RecipeError as error:
            message = error.message
        else:
            break
        (needed,) = re.findall(r"this recipe needs (\d+)", message)
        check(int(needed), frequency, horizon, recipe)
        for shorter in re.findall(r"a horizon of (\d+)", message):
            fewest = re.findall(r"(\d+) are the fewest", message)
            check(int(fewest[0]) if fewest else count, frequency, int(shorter), recipe)
            proposals += 1
            if not fewest:
                with pytest.raises(RecipeError):
                    check(count, frequency, int(shorter) + 1, recipe)
    assert proposals or horizon == 1 or recipe.horizon == 1
