"""Ids are texts or whole numbers, also those that are written as floating point numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from forecasting.tables.cells.ids import as_integers


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floating_point_numbers_are_integers_if_all_are_whole(kind: npt.DTypeLike) -> None:
    whole = pa.array(np.array([2, np.nan, -3], kind))
    assert as_integers(whole).to_pylist() == [2, None, -3]
    halves = pa.array(np.array([2, 0.5], kind))
    assert as_integers(halves) is halves
