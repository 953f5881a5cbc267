"""A series is measured as it is alone, whatever it is measured with."""

import numpy as np
import pytest

from forecasting.prediction.seasons.groups import SeriesGroup, group_series, padded_width
from forecasting.prediction.seasons.seasons import Seasons
from forecasting.series.calendar import Calendar, Dates
from forecasting.types import Floats
from tests.support.signatures import any_series_signature

SIGNATURE = any_series_signature(context_length=256, horizon=16)
Measured = tuple[Floats, Seasons | None]


def measured(group: SeriesGroup, row: int) -> Measured:
    seasons = group.measure_seasons()
    return group.contexts[row], None if seasons is None else seasons[np.array([row])]


def same(one: Measured, other: Measured) -> bool:
    if not np.array_equal(one[0], other[0], equal_nan=True):
        return False
    if one[1] is None or other[1] is None:
        return one[1] is other[1]
    return (
        np.array_equal(one[1].past, other[1].past)
        and np.array_equal(one[1].ahead, other[1].ahead)
        and np.array_equal(one[1].multiplicative, other[1].multiplicative)
    )


def mixed_series(count: int, season_lengths: list[int]) -> list[Floats]:
    """Series from 4 to 3,000 values, with and without gaps, seasons, and a level far from 0."""
    rng = np.random.default_rng(1)
    found = []
    for row in range(count):
        size = int(np.exp(rng.uniform(np.log(4), np.log(3000))))
        time = np.arange(size)
        season = 5 * np.sin(2 * np.pi * time / season_lengths[row])
        season += 3 * np.sin(2 * np.pi * time / 365.25)
        values = rng.normal(0, 0.3, size).cumsum() + season + rng.normal(0, 1, size)
        values += rng.choice([0, 100])
        if row % 5 == 0:
            values = np.where(season > 0, np.abs(values), 0.0)
        if row % 3 == 0:
            values[1:][rng.random(size - 1) < 0.1] = np.nan
        values[0] = 1.0
        found.append(values)
    return found


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("detected", [False, True])
def test_the_seasons_of_a_series_are_the_same_alone_and_among_others(
    dated: bool, detected: bool
) -> None:
    count = 60
    lengths = np.random.default_rng(0).choice([7, 12, 24, 52], count).tolist()
    series = mixed_series(count, lengths)
    horizons = np.random.default_rng(2).integers(1, 40, count)
    if detected:
        lengths = [0] * count
    calendar = Calendar.from_start("2015-03-01", "D")
    dates = [Dates(calendar, 0) if dated and row % 2 else None for row in range(count)]
    together = {
        row: measured(group, place)
        for group in group_series(series, horizons, lengths, dates, SIGNATURE)
        for place, row in enumerate(group.rows.tolist())
    }
    assert any(seasons is not None and seasons.past.any() for _, seasons in together.values())
    for row in range(count):
        own = slice(row, row + 1)
        (alone,) = group_series(series[own], horizons[own], lengths[own], dates[own], SIGNATURE)
        assert same(measured(alone, 0), together[row]), f"series {row}"


def test_series_are_padded_to_few_widths_and_by_no_more_than_half() -> None:
    sizes = range(1, 5000)
    widths = [padded_width(size) for size in sizes]
    assert all(
        size <= width < max(1.5 * size, 33) for size, width in zip(sizes, widths, strict=True)
    )
    assert widths == sorted(widths)
    assert len(set(widths)) < 20
