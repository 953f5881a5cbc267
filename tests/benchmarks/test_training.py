"""The benchmark of training reads files as people have them, and scores what training gains."""

import sys
from pathlib import Path

import pytest

from benchmarks.training.__main__ import main
from benchmarks.training.sets import read_training_sets
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


REPEATS_THE_LAST_VALUE = f"""#!{sys.executable}
import sys
import numpy as np

given = np.load(sys.argv[-2])
ends = np.cumsum(given["past_lengths"]) - 1
assert given["values"].size == given["lengths"].sum() < given["past_lengths"].max() + 1
assert str(given["starts"][0]) == "1949-01-01T00:00:00" and given["frequency"] == "M"
points = np.repeat(given["pasts"][ends][None, :, None], int(given["horizon"]), axis=2)
np.savez(sys.argv[-1], names=["naive"], points=points, seconds=[1.5])
"""


def test_the_tables_have_a_row_for_each_set(
    data: Path, trained_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer = data / "peer"
    peer.write_text(REPEATS_THE_LAST_VALUE)
    peer.chmod(0o755)
    main(["--data", str(data), "--store", str(trained_store), "--peers", str(peer)])
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip(" *") for cell in line.split("|")] for line in lines]
    ours, mean, beside, other_mean = rows[2], rows[3], rows[-2], rows[-1]
    names = [row[1] for row in (ours, mean, beside, other_mean)]
    assert names == ["passengers", "geometric mean"] * 2
    assert float(ours[8]) == float(mean[8])
    assert beside[2] == ours[7]
    assert float(beside[4]) == pytest.approx(float(beside[2]) / float(beside[3]), abs=2e-3)
    assert float(beside[4]) == float(other_mean[4])
    assert beside[5] == "2"
