import math

import pytest

from forecasting.errors import RecipeError
from forecasting.jobs.fit_options import FitOptions, resolve_recipe
from forecasting.networks.recipe import RECIPES, Recipe
from forecasting.networks.signature import Signature
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series

BASE = Signature(
    context_length=24,
    horizon=8,
    season_length=1,
    inputs=("value", "observed"),
    quantiles=None,
    shortest_context=2,
)
WAVE = [math.sin(2 * math.pi * step / 5) + step / 100 for step in range(60)]
DATED = Series.from_values(WAVE, calendar=Calendar.from_start("2024-01-01", "MS"))
PLAIN = Series.from_values(WAVE)
FINE_TUNE = FitOptions(model="m", recipe=RECIPES["fine-tune"])
NEW = FitOptions(model="m", recipe=Recipe())


@pytest.mark.parametrize(
    ("options", "series", "base", "season_length"),
    [
        (NEW, DATED, None, 12),
        (NEW, PLAIN, None, 1),
        (FINE_TUNE, DATED, BASE, 12),
        (FINE_TUNE, PLAIN, BASE, 5),
        (FINE_TUNE.model_copy(update={"season_length": 1}), PLAIN, BASE, 1),
        (NEW.model_copy(update={"season_length": 7}), DATED, None, 7),
    ],
)
def test_the_season_is_the_one_asked_for_else_the_calendars_else_the_one_that_shows(
    options: FitOptions, series: Series, base: Signature | None, season_length: int
) -> None:
    assert resolve_recipe(options, [series], base).season_length == season_length


def test_a_recipe_that_makes_no_sense_is_refused_with_its_place_in_the_options() -> None:
    anchored = NEW.model_copy(update={"recipe": Recipe(context_length=3)})
    with pytest.raises(RecipeError) as refused:
        resolve_recipe(anchored.model_copy(update={"horizon": 5_000}), [PLAIN], None)
    assert refused.value.path == ("recipe", "horizon")
