"""Values with whole numbers for dates, such as 0, 1, 2 … → values one a step."""

from __future__ import annotations

import numpy as np

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.alignment import MOST_MISSING, Places, filled_in, put_in_order
from forecasting.types import Floats


def align_steps(values: Floats, steps: Places, *, repair: bool) -> tuple[Floats, tuple[Note, ...]]:
    """Values (n,) at steps (n,), n ≥ 1, that rise evenly, and notes on what was done.

    With `repair`, steps are sorted, of values at the same one the last is kept, and those that are
    left out become NaN; the middle one of the differences is what they rise by. Raises SeriesError,
    its path the index of a step, where they do not rise evenly, or too many are left out.
    """
    if not repair:
        _check_even(steps)
        return values, ()
    kept, notes = put_in_order(steps)
    values, risen = values[kept], steps[kept]
    offsets = risen.view(np.uint64) - risen.view(np.uint64)[:1]  # int64 would overflow
    differences = np.diff(offsets)
    step = np.sort(differences)[(differences.size - 1) // 2] if differences.size else np.uint64(1)
    off = offsets % step != 0
    if off.any():
        place = int(off.argmax())
        raise SeriesError(
            f"ds holds {risen[place]}, but rises by {step} from {risen[0]} for the most part. "
            "Whole numbers must rise evenly.",
            code="steps_irregular",
            path=(int(kept[place]),),
        )
    count = int(offsets[-1] // step) + 1
    if count > (MOST_MISSING + 1) * values.size:
        place = int(differences.argmax()) + 1
        raise SeriesError(
            f"ds goes from {risen[place - 1]} to {risen[place]} where it rises by {step} for the "
            f"most part: more than {MOST_MISSING} steps are missing for each that is there. Leave "
            "out what lies before the gap.",
            code="gap_too_long",
            path=(int(kept[place]),),
        )
    if count > values.size:
        values, note = filled_in(values, (offsets // step).astype(np.int64), count)
        notes.append(note)
    return values, tuple(notes)


def _check_even(steps: Places) -> None:
    differences = np.diff(steps)
    wrong = (differences != differences[:1]) | (differences <= 0)
    if wrong.any():
        place = int(wrong.argmax())
        raise SeriesError(
            f"ds goes from {steps[place]} to {steps[place + 1]}; whole numbers must rise evenly. "
            'Leave y empty where a value is missing, or send "repair": true.',
            code="steps_irregular",
            path=(place + 1,),
        )
