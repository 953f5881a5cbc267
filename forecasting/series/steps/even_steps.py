"""Values with whole numbers in place of dates, put in even order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.series.alignment import MOST_MISSING, RowPlaces, at_given_positions, fill_in
from forecasting.series.calendar import Steps
from forecasting.series.repair import NO_REPAIR, Ordered, Repair, put_in_order
from forecasting.series.steps.plausibility import (
    beside_gap,
    check_gaps,
    check_order,
    check_restarts,
)
from forecasting.types import Floats, Positions


@dataclass(frozen=True, slots=True)
class AlignedSteps:
    """Values in even order, one for each of their steps."""

    steps: Steps
    values: Floats
    """Shape (n,), from the first step on; NaN if a step or its value was missing."""
    notes: tuple[Note, ...]
    """What was done to the values."""
    rows: RowPlaces
    """Where among the steps the rows lie that were given."""


def align_steps(values: Floats, steps: Positions, *, repair: Repair = NO_REPAIR) -> AlignedSteps:
    """Put values (n ≥ 1,), whose steps (n,) are whole numbers in place of dates, in even order.

    The steps have to rise evenly, unless a repair was asked for. It then decides about steps that
    are out of order or repeated, steps that are left out become NaN, and the median of the
    differences decides by how much the steps rise.

    Raises:
        SeriesError: The steps do not rise evenly, or too many of them are left out. The path of the
            error is the position of a step.
    """
    check_restarts(steps, repair)
    if repair == NO_REPAIR:
        _check_even(steps)
        rise = int(steps[1]) - int(steps[0]) if steps.size > 1 else 1
        ordered = Ordered(values, np.arange(values.size))
        rows = RowPlaces(ordered, ordered.kept, values.size)
        return AlignedSteps(Steps(int(steps[0]), rise), values, (), rows)
    if (steps[1:] < steps[:-1]).any():
        sorts = repair.order == "sort"
        check_order(steps, _nearest_places, lambda at: str(steps[at]), sorts=sorts, dates=False)
    ordered = put_in_order(values, steps, repair, lambda position: str(steps[position]))
    values, notes = ordered.values, list(ordered.notes)
    in_order = steps[ordered.kept]
    try:
        positions, count, rise = _locate_steps(in_order)
        if count > values.size:
            if repair.gaps == "error":
                _check_even(in_order)
            check_gaps(positions, lambda position: str(in_order[position]), repair)
            values, note = fill_in(values, positions, count)
            notes.append(note)
    except SeriesError as error:
        raise at_given_positions(error, ordered.kept) from error
    rows = RowPlaces(ordered, positions, count)
    return AlignedSteps(Steps(int(in_order[0]), rise), values, tuple(notes), rows)


def _nearest_places(steps: Positions) -> Positions:
    """Return where among even steps those (n ≥ 2,) that rise lie, as nearly as can be told."""
    offsets = steps.astype(np.float64) - float(steps[0])
    rise = max(float(np.median(np.diff(offsets))), 1.0)  # floats of this size may lose a rise of 1
    return np.rint(offsets / rise).astype(np.int64)


def _locate_steps(steps: Positions) -> tuple[Positions, int, int]:
    """Return where among even steps the given ones (n ≥ 1,), which rise, lie.

    Also returns how many steps there are up to the last one, and by how much they rise.
    """
    # Differences of int64 may overflow; those of uint64 wrap around to the right number.
    offsets = steps.view(np.uint64) - steps.view(np.uint64)[:1]
    differences = np.diff(offsets)
    rise = np.sort(differences)[(differences.size - 1) // 2] if differences.size else np.uint64(1)
    uneven = offsets % rise != 0
    if uneven.any():
        position = int(uneven.argmax())
        raise SeriesError(
            f"ds holds {steps[position]}, which is no multiple of {rise} away from {steps[0]}, "
            f"although most numbers rise by {rise}. Whole numbers must rise evenly; correct this "
            "one, or leave it out.",
            code="steps_irregular",
            path=(position,),
        )
    count = int(offsets[-1] // rise) + 1
    if count > (MOST_MISSING + 1) * steps.size:
        before = int(differences.argmax()) + 1
        lone, cure = beside_gap(before, steps.size, lambda position: str(steps[position]))
        raise SeriesError(
            f"ds goes from {steps[before - 1]} to {steps[before]}, although most numbers rise by "
            f"{rise}: more than {MOST_MISSING} are missing for each one that is given. {cure}.",
            code="gap_too_long",
            path=(lone,),
        )
    return (offsets // rise).astype(np.int64), count, int(rise)


def _check_even(steps: Positions) -> None:
    """Check that steps (n ≥ 1,) rise, always by the same amount."""
    differences = np.diff(steps)
    wrong = (differences != differences[:1]) | (differences <= 0)
    if wrong.any():
        position = int(wrong.argmax()) + 1
        raise SeriesError(
            f"ds goes from {steps[position - 1]} to {steps[position]}. Whole numbers must rise "
            "evenly; leave y empty for a missing value, or send repair as true.",
            code="steps_irregular",
            path=(position,),
        )
