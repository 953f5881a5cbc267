"""How quickly the one process of a bulk job reads that feeds all others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bulk.tables import make_table
from bulk.places import Place
from bulk.reading.rows import cut_pieces
from bulk.reading.survey import Survey
from bulk.reading.table import open_table
from forecasting.tables.options import TableOptions

_SERIES_A_PIECE = 2_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a table takes, without any forecast."""

    series_a_second: float
    bytes_a_series: float


def read(series: int, points: int = 100) -> Reading:
    """Survey a Parquet file and cut it into pieces, as a bulk job does."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        file = make_table(folder / "table.parquet", series, points)
        began = time.perf_counter()
        table = open_table(Place.of(str(file)), TableOptions())
        survey = Survey.of(table, folder / "survey.json", folder / "scratch", lambda _: None)
        pieces = cut_pieces(survey.stream(table, folder / "scratch"), _SERIES_A_PIECE)
        found = sum(len(piece.rows.ids) for piece in pieces)
        seconds = time.perf_counter() - began
        if found != series:
            raise SystemExit(f"{found} series were read, and {series} are there")
        return Reading(series / seconds, file.stat().st_size / series)
