"""Series that follow covariates, and a recipe that learns to use them in seconds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.networks.recipe import Recipe
from forecasting.series.calendar import Calendar
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series

TINY_WITH_COVARIATES = Recipe(
    units=(8,),
    horizon=4,
    season_length=4,
    context_length=4,
    epochs=12,
    patience=12,
    batch_size=32,
    learning_rate=0.02,
)


def series_with_covariates(count: int = 120, ahead: int = 4, seed: int = 0) -> Series:
    """Return daily sales that follow the price, the weather, and the visits of the day before.

    The price and the weather, a category, are known ahead; the visits are not.
    """
    rng = np.random.default_rng(seed)
    steps = count + ahead
    price, visits = rng.normal(10, 2, steps), rng.normal(0, 1, steps)
    weather = rng.integers(0, 2, steps)
    season = np.tile([0.0, 3.0, 5.0, 2.0], -(-steps // 4))[:steps]
    sales = 50 + season - 2 * price + 6 * weather + 3 * np.roll(visits, 1)
    covariates = Covariates.from_columns(
        {
            "price": price.tolist(),
            "weather": np.where(weather, "sun", "rain").tolist(),
            "visits": visits.tolist(),
        },
        {"price": [], "weather": []},
    ).split(count)
    calendar = Calendar.from_start("2024-01-01", "D")
    values = Series.from_values(sales[:count].round(3), id=f"shop {seed}", calendar=calendar)
    return replace(values, covariates=covariates, static={"region": "north" if seed else "south"})
