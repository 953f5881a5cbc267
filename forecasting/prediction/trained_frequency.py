"""Whether a network forecasts series of the frequency that it was trained on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.series.frequency import FixedStep, Frequency, MonthDay, parse_frequency
from forecasting.series.opening import OpenSteps
from forecasting.series.series import Series

_ALIAS = re.compile(r"(\d*)([A-Za-z]+)")
_IN_WORDS = {
    "s": "seconds", "min": "minutes", "h": "hours", "D": "days", "B": "business days",
    "W": "weeks", "MS": "months", "ME": "months", "QS": "quarters", "QE": "quarters",
    "YS": "years", "YE": "years",
}  # fmt: skip


def note_other_frequency(
    series: Sequence[Series], trained: str | None, signature: Signature
) -> list[Series]:
    """Return series with a note on each that has steps of another length than those trained on.

    `trained` is the name of the frequency that the network was trained on; None if that had no
    dates or is not known. Nothing is said of series without dates, nor of a network that forecasts
    any series.
    """
    if trained is None or signature.serves_any_series:
        return list(series)
    return [_noted(item, trained) for item in series]


def _noted(series: Series, trained: str) -> Series:
    own = None if series.calendar is None else series.calendar.frequency
    if own is None or own.name == trained or _step(own) == _step(parse_frequency(trained)):
        return series
    note = Note(
        "frequency_differs",
        f"The model was trained on {_in_words(trained)}, and the series has {_in_words(own.name)}: "
        "what it learned of seasons does not hold there. Train a version on series like this one, "
        "or name zero-shot, which forecasts series of any frequency.",
        series.values.size,
    )
    return replace(series, notes=(*series.notes, note))


def _step(frequency: Frequency) -> int | str:
    """Return what is the same for frequencies whose steps are equally long, such as MS and ME."""
    rule = frequency.rule
    if isinstance(rule, FixedStep | OpenSteps):
        return rule.step
    if isinstance(rule, MonthDay):
        return f"{rule.months} months"
    return frequency.name.partition("-")[0]


def _in_words(name: str) -> str:
    match = _ALIAS.match(name)
    every, base = match.groups() if match else ("", "")
    unit = _IN_WORDS.get(base)
    if unit is None:
        return f"the frequency {name}"
    return f"steps of {every} {unit} ({name})" if every else f"{unit} ({name})"
