"""The benchmark of training reads files as people have them, and scores what training gains."""

from pathlib import Path

import pytest

from benchmarks.training.__main__ import main, read_training_sets
from tests.support.tiny_models import PASSENGERS, write_long


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "examples").mkdir()
    write_long(tmp_path / "examples" / "passengers.csv", [*PASSENGERS])
    return tmp_path


def test_the_latest_values_keep_their_dates(data: Path) -> None:
    (whole,), (latest,) = read_training_sets(data), read_training_sets(data, last=30)
    assert latest.series[0].values.size == 30
    assert latest.series[0].dates is not None
    assert whole.series[0].dates is not None
    count = whole.series[0].values.size
    assert latest.series[0].dates == whole.series[0].dates.after(count - 30)


def test_the_table_has_a_row_for_each_set(
    data: Path, trained_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(data), "--store", str(trained_store)])
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[1].strip() for row in rows] == ["passengers", "geometric mean"]
    assert float(rows[0][8]) == float(rows[1][8].strip(" *"))
