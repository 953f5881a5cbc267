import pytest

from forecasting.series.calendar import Calendar, Dates
from forecasting.series.opening import Opening
from forecasting.series.time_zones import parse_zone

LONDON = parse_zone("Europe/London")


def hours(start: str, first: int = 0, frequency: str = "h") -> Dates:
    return Dates(Calendar.from_start(start, frequency, LONDON), first)


def test_places_pass_over_the_hour_that_the_clocks_skip() -> None:
    places = hours("2024-03-30T23:00:00").clock_grid(3, 3)
    assert places is not None
    assert places.tolist() == [0, 1, 3, 4, 5, 6]  # 01:00 is skipped


def test_places_come_twice_when_the_clocks_are_put_back() -> None:
    places = hours("2024-10-26T00:00:00", first=24).clock_grid(4, 0)
    assert places is not None
    assert places.tolist() == [0, 1, 1, 2]


def test_places_are_positions_if_no_clock_is_changed() -> None:
    assert hours("2024-05-01T00:00:00").clock_grid(100, 24) is None
    assert hours("2024-03-01", frequency="D").clock_grid(100, 24) is None
    assert Dates(Calendar.from_start("2024-03-01", "h"), 0).clock_grid(2000, 24) is None
    assert hours("9999-12-28T00:00:00").clock_grid(24, 1000) is None


def test_the_number_of_a_day_counts_from_the_first_value() -> None:
    dates = Dates(Calendar.from_start("2024-02-27", "D"), 1).after(2)
    assert dates.days(2).astype("datetime64[D]").astype(str).tolist() == [
        "2024-03-01",
        "2024-03-02",
    ]


@pytest.mark.parametrize(
    ("start", "frequency", "days"),
    [
        ("2024-02-25", "W-SUN", ["2024-03-03", "2024-03-10"]),
        ("2024-01-31", "ME", ["2024-02-01", "2024-03-01"]),
        ("2024-01-01", "BMS", ["2024-02-01", "2024-03-01"]),
        ("2024-02-29", "B", ["2024-03-01", "2024-03-04"]),
    ],
)
def test_days_are_those_of_the_weeks_and_months(
    start: str, frequency: str, days: list[str]
) -> None:
    dates = Dates(Calendar.from_start(start, frequency), 1)
    assert dates.days(2).astype("datetime64[D]").astype(str).tolist() == days


def test_days_are_those_that_are_open() -> None:
    opening = Opening(days=(False, True, True, True, True, True, False))
    dates = Dates(Calendar.from_start("2024-02-29", "D", opening=opening), 1)
    found = dates.days(3).astype("datetime64[D]").astype(str).tolist()
    assert found == ["2024-03-01", "2024-03-02", "2024-03-05"]


def test_days_are_those_of_the_clock_on_the_wall() -> None:
    tokyo = Dates(
        Calendar.from_start("2024-03-01T00:00:00+09:00", "24h", parse_zone("Asia/Tokyo")), 0
    )
    assert tokyo.days(1).astype("datetime64[D]").astype(str).tolist() == ["2024-03-01"]
