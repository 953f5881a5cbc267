"""Missing values, and what takes their place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.repair import Gaps
from forecasting.types import Floats

_FILLED = {
    "interpolate": Note(
        "missing_values_filled",
        "Missing values were filled by linear interpolation, at the end with the last value.",
        0,
    ),
    "previous": Note(
        "missing_values_previous", "Missing values were filled with the last value before them.", 0
    ),
}


def fill_gaps(
    values: Floats, gaps: Gaps
) -> tuple[Floats, int, npt.NDArray[np.bool_] | None, tuple[Note, ...]]:
    """Fill what is missing in values (n,), where NaN stands for a missing one.

    Missing values at the start, before which nothing is known, are dropped, unless they are zeros.
    Returns the values (m,), how many were dropped, which of `m` were missing (None if none was),
    and notes. Zeros were not missing: they are what was observed.

    Raises:
        SeriesError: All values are missing, or one is and `gaps` is "error". Its path is then the
            position of that one.
    """
    missing = np.isnan(values)
    count = int(missing.sum())
    if not count:
        return values, 0, None, ()
    if gaps == "zero":
        note = Note("missing_values_zero", "Missing values were taken as zeros.", count)
        return np.where(missing, 0.0, values), 0, None, (note,)
    if count == missing.size:
        raise SeriesError(
            "Every value of the series is missing. Give at least one value.",
            code="series_all_missing",
        )
    if gaps == "error":
        raise SeriesError(
            f"{count} values are missing, and gaps are refused. Give the values, or set "
            '"gaps" of "repair" to "zero", "previous" or "interpolate".',
            code="values_missing",
            path=(int(missing.argmax()),),
        )
    present = np.flatnonzero(~missing)
    dropped = int(present[0])
    steps = np.arange(dropped, values.size)
    if gaps == "previous":
        filled = values[present[np.searchsorted(present, steps, side="right") - 1]]
    else:
        filled = np.interp(steps, present, values[present])
    notes = []
    if dropped:
        message = "Missing values at the start were dropped."
        notes.append(Note("leading_missing_dropped", message, dropped))
    if count == dropped:
        return filled, dropped, None, tuple(notes)
    notes.append(replace(_FILLED[gaps], count=count - dropped))
    return filled, dropped, missing[dropped:], tuple(notes)
