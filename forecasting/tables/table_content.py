"""What reading a file gives: the checked table, and what was understood of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from forecasting.notes import Note
from forecasting.tables.cells.places import CellPlaces

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class TableContent:
    """A table in the long format, and what was assumed to read it."""

    table: pa.Table
    """The columns `ds`, `y` and, if the file has ids, `unique_id`, in one chunk each. `y` is
    float64 with NaN for a missing value; `ds` is int64, timestamp[us] with or without a zone, or
    text; `unique_id` is text. Texts are dictionaries."""
    notes: tuple[Note, ...] = ()
    """What was assumed, for the caller to see."""
    understood: dict[str, Any] = field(default_factory=dict)
    """How the file was read, as JSON: its dialect, its columns with what they look like and what
    they were taken for, and its layout."""
    places: CellPlaces = field(default_factory=CellPlaces)
    """Where in the file the rows of the table come from."""
