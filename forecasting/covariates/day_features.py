"""Days of the calendar as covariates, by their names: holidays, weekends, paydays, ends of months.

They are known ahead, as far as the calendar goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.errors import RequestError, SeriesError
from forecasting.series.calendar import Calendar
from forecasting.series.covariates import Covariates, given_name
from forecasting.series.frequency import DAY, FixedStep
from forecasting.series.opening import OpenSteps
from forecasting.series.series import Series

Days = npt.NDArray[np.datetime64]
"""Days, datetime64[D]."""
NAMES = ("holidays:DE", "weekend", "month_start", "month_end", "payday", "payday:25")
"""What features are called, with examples of those that a country or a day belongs to."""
_HOLIDAYS = re.compile(r"holidays:([^-]{1,64})(?:-(.{1,64}))?")
_PAYDAY = re.compile(r"payday:([1-9]|[12]\d|3[01])")
_LAST = 31
"""A payday on the last day of each month."""
_USUAL_PAYDAYS = (15, _LAST)
_ALONG_MONTHS = re.compile(r"(?:MS|ME|QS|QE|YS|YE)(?:-[A-Z]{3})?")
"""The frequencies whose steps are whole months. The dates of those with E are their last days."""
_WEEKS = "W-MON"
_MOST_LISTED = 60


@dataclass(frozen=True, slots=True)
class DayFeature:
    """Days that have something in common, such as the holidays of a country."""

    name: str
    position: int
    """Its position among the features that were asked for."""
    find: Callable[[Days], npt.NDArray[np.bool_]]
    """Says which of days (n,) are among them. Raises SeriesError if that is not known."""
    once_a_month: bool = False
    """Whether each month has as many of them, so that they tell nothing about whole months."""


def parse_features(names: Sequence[str]) -> list[DayFeature]:
    """Return the features that names such as "holidays:DE" or "month_end" stand for.

    Raises RequestError, its path ("calendar", position), for a name that is unknown or repeated.
    """
    features = []
    for position, name in enumerate(names):
        if name in names[:position]:
            raise _refusal(position, f"{name!r} is there twice. Name it once.")
        features.append(_parse(name, position))
    return features


def with_features(series: Series, features: Sequence[DayFeature], horizon: int) -> Series:
    """Return a series with covariates of its days, known for `horizon` steps ahead.

    For steps of a day or less, a feature is 1 on its days and else 0. For weeks that begin on
    Mondays, months, quarters and years, it is the number of its days in each.

    Raises:
        SeriesError: The series has no dates, or steps that no feature or not this one applies to;
            or a date lies where the holidays of a country are not known. Its path is ("calendar",),
            followed by the position of the feature.
    """
    calendar, count = series.calendar, series.values.size
    if calendar is None:
        raise SeriesError(
            "days of the calendar were asked for, but the series has no dates. Give timestamps, or "
            'a start and a frequency, or leave out "calendar".',
            code="calendar_without_dates",
            path=("calendar",),
        )
    _check_names(series, features)
    first, last = _spans(calendar, series.dropped, count + horizon)
    days = np.arange(first[0], last[-1] + 1)
    before, after = ((ends - days[0]).astype(np.int64) for ends in (first, last + 1))
    of_months = _ALONG_MONTHS.fullmatch(calendar.frequency.name) is not None
    columns = []
    for feature in features:
        if of_months and feature.once_a_month:
            raise _no_feature(
                feature, "every month has the same number of such days, so that it tells nothing"
            )
        found = np.concatenate([[0], np.cumsum(feature.find(days))])
        columns.append(found[after] - found[before])
    values = np.column_stack(columns).astype(np.float64)
    names = tuple(feature.name for feature in features)
    known = np.ones(len(names), bool)
    own = Covariates(names, values[:count], values[count:], known, frozenset(names))
    return replace(series, covariates=_join(series.covariates, own))


def _check_names(series: Series, features: Sequence[DayFeature]) -> None:
    """Raise SeriesError if something beside a series has the name of a feature."""
    columns = () if series.covariates is None else series.covariates.names
    others = {*map(given_name, columns), *series.static}
    for position, feature in enumerate(features):
        if feature.name in others:
            raise SeriesError(
                f"{feature.name!r} is the name of a covariate, too. Call that otherwise, or leave "
                "out one of the two.",
                code="covariate_name_invalid",
                path=("calendar", position),
            )


def _join(given: Covariates | None, own: Covariates) -> Covariates:
    """Return both covariates beside each other."""
    if given is None:
        return own
    steps = len(own.ahead)
    ahead = given.ahead if len(given.ahead) else np.full((steps, len(given.names)), np.nan)
    return Covariates(
        given.names + own.names,
        np.hstack([given.past, own.past]),
        np.hstack([ahead[:steps], own.ahead]),
        np.concatenate([given.known_ahead, own.known_ahead]),
        own.calendar,
        given.targets,
    )


def _parse(name: str, position: int) -> DayFeature:
    if name == "weekend":
        return DayFeature(name, position, _is_weekend)
    if name == "month_start":
        return DayFeature(name, position, lambda days: _day_of_month(days) == 1, once_a_month=True)
    if name == "month_end":
        return DayFeature(name, position, _is_month_end, once_a_month=True)
    payday = _PAYDAY.fullmatch(name)
    if name == "payday" or payday:
        wanted = (int(payday[1]),) if payday else _USUAL_PAYDAYS
        return DayFeature(name, position, lambda days: _is_payday(days, wanted), once_a_month=True)
    match = _HOLIDAYS.fullmatch(name)
    if match is None:
        close = get_close_matches(name, NAMES, 1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        known = ", ".join(map(repr, NAMES))
        raise _refusal(position, f"{name[:80]!r} is not known.{meant} Known are such as {known}.")
    country, part = _find_country(match[1], match[2], position)
    return DayFeature(name, position, lambda days: _is_holiday(days, country, part, position))


def _spans(calendar: Calendar, skip: int, count: int) -> tuple[Days, Days]:
    """Return the first and the last day of each of `count` steps.

    Raises SeriesError for steps that do not consist of days as people count them.
    """
    frequency = calendar.frequency
    rule, name = frequency.rule, frequency.name
    if _ALONG_MONTHS.fullmatch(name):
        if "E" in name.partition("-")[0]:
            ends = _local_days(calendar, skip, count)
            months = {"ME": 1, "QE": 3, "YE": 12}[name[:2]]
            starts = ends.astype("datetime64[M]") - (months - 1)
            return starts.astype("datetime64[D]"), ends
        starts = _local_days(calendar, skip, count + 1)
        return starts[:-1], starts[1:] - 1
    days = _local_days(calendar, skip, count)
    if name == _WEEKS:
        return days, days + 6
    daily = isinstance(rule, FixedStep) and rule.weekday is None and rule.step <= DAY
    if daily or isinstance(rule, OpenSteps) or name == "B":
        return days, days
    raise SeriesError(
        f"days of the calendar go with steps of a day or less, with weeks that begin on Mondays "
        f"({_WEEKS}), months, quarters and years, but the series has the frequency {name}. Send "
        'covariates of your own, or leave out "calendar".',
        code="calendar_not_applicable",
        path=("calendar",),
    )


def _local_days(calendar: Calendar, skip: int, count: int) -> Days:
    """Return the days of `count` steps by the clock on the wall."""
    index = calendar.range(skip, count)
    local = index if index.tz is None else index.tz_localize(None)
    days: Days = local.to_numpy().astype("datetime64[D]")
    return days


def _is_weekend(days: Days) -> npt.NDArray[np.bool_]:
    return np.asarray((days.astype(np.int64) + 3) % 7 >= 5)


def _day_of_month(days: Days) -> npt.NDArray[np.int64]:
    first = days.astype("datetime64[M]").astype("datetime64[D]")
    numbers: npt.NDArray[np.int64] = (days - first).astype(np.int64) + 1
    return numbers


def _is_month_end(days: Days) -> npt.NDArray[np.bool_]:
    return np.asarray(_day_of_month(days + 1) == 1)


def _is_payday(days: Days, wanted: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Return which days (n,) are paydays: on a weekend, wages are paid on the Friday before.

    A month without a wanted day pays on its last one.
    """
    months = np.arange(days.min(), days.max() + 3).astype("datetime64[M]")
    starts = np.unique(months).astype("datetime64[D]")
    ends = (np.unique(months) + 1).astype("datetime64[D]") - 1
    paid = np.concatenate([np.minimum(starts + (day - 1), ends) for day in wanted])
    weekday = (paid.astype(np.int64) + 3) % 7
    return np.isin(days, paid - np.maximum(weekday - 4, 0))


def _is_holiday(days: Days, country: str, part: str | None, position: int) -> npt.NDArray[np.bool_]:
    known = _entity(country, part)
    first, last = int(str(days[0])[:4]), int(str(days[-1])[:4])
    if first < known.start_year or last > known.end_year:
        raise SeriesError(
            f"the holidays of {country} are known from {known.start_year} to {known.end_year}, but "
            f"the series, with its forecast, goes from {days[0]} to {days[-1]}. Leave out what "
            "lies outside these years, or the holidays.",
            code="calendar_not_applicable",
            path=("calendar", position),
        )
    years = range(first, last + 1)
    return np.isin(days, _holidays_in(country, part, years))


@lru_cache(maxsize=64)
def _holidays_in(country: str, part: str | None, years: range) -> Days:
    """Return the public holidays of a country, or of a part of it, in some years."""
    from holidays import country_holidays

    found = sorted(country_holidays(country, subdiv=part, years=years))
    return np.array(found, dtype="datetime64[D]")


@lru_cache(maxsize=64)
def _entity(country: str, part: str | None) -> Any:
    """Return the holidays of a country, which know from when to when they are known."""
    from holidays import country_holidays

    return country_holidays(country, subdiv=part)


def _find_country(country: str, part: str | None, position: int) -> tuple[str, str | None]:
    """Return the codes of a country and of a part of it, as the list of holidays has them.

    Raises RequestError if their holidays are not known.
    """
    from holidays import list_supported_countries
    from holidays.registry import COUNTRIES

    countries = list_supported_countries(include_aliases=True)
    code = country.upper()
    if code not in countries:
        names = {name.replace("_", " "): codes[1] for name, codes in COUNTRIES.items()}
        names |= {code.lower(): code for code in countries}
        close = get_close_matches(country.replace("_", " ").lower(), names, 5, 0.5)
        listed = ", ".join(dict.fromkeys(f"holidays:{names[name]}" for name in close))
        raise _refusal(
            position,
            f"no holidays are known of the country {country!r}."
            + (f" Close ones are {listed}." if close else "")
            + " Write its code by ISO 3166, such as DE, FR or US.",
        )
    if part is None:
        return code, None
    parts = {known.casefold(): known for known in countries[code]}
    if part.casefold() not in parts:
        listed = ", ".join(sorted(parts.values())[:_MOST_LISTED])
        raise _refusal(
            position,
            f"no holidays are known of the part {part!r} of {code}. "
            + (f"Its parts are {listed}." if listed else "It has no parts with their own."),
        )
    return code, parts[part.casefold()]


def _no_feature(feature: DayFeature, reason: str) -> SeriesError:
    return SeriesError(
        f"{feature.name!r} does not go with steps of whole months: {reason}. Leave it out.",
        code="calendar_not_applicable",
        path=("calendar", feature.position),
    )


def _refusal(position: int, message: str) -> RequestError:
    return RequestError(message, code="calendar_unknown", path=("calendar", position))
