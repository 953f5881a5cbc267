from pathlib import Path

import pandas as pd
import pytest

from forecasting.errors import DataFileError
from training.dataset import read_dataset

TWO_FREQUENCIES = """unique_id,ds,y
a,2024-01-01,1
a,2024-01-02,2
a,2024-01-03,3
b,2024-01-01,1
b,2024-02-01,2
b,2024-03-01,3
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_reads_the_long_format_in_any_order(tmp_path: Path) -> None:
    file = write(
        tmp_path / "two.csv",
        "unique_id,ds,y,price\n"
        "b,2024-02-01,5,1\nb,2024-01-01,4,1\nb,2024-03-01,7,1\n"
        "a,2024-01-01,1,1\na,2024-02-01,,1\na,2024-03-01,3,1\n",
    )
    dataset = read_dataset(file)
    assert [(s.id, s.values.tolist()) for s in dataset.series] == [
        ("b", [4.0, 5.0, 7.0]),
        ("a", [1.0, 2.0, 3.0]),
    ]
    assert dataset.frequency == "MS"
    summary = dataset.summary()
    assert (summary.series, summary.observations) == (2, 6)
    assert (summary.start, summary.end) == ("2024-01-01T00:00:00", "2024-03-01T00:00:00")


def test_an_id_may_be_any_text(tmp_path: Path) -> None:
    rows = [f"{name},{step},{step * step}" for name in ("NA", "", " a", "a") for step in range(4)]
    file = write(tmp_path / "ids.csv", "\n".join(["unique_id,ds,y", *rows]))
    assert [series.id for series in read_dataset(file).series] == ["NA", "", " a", "a"]


def test_reads_parquet_and_whole_numbers_as_steps(tmp_path: Path) -> None:
    path = tmp_path / "steps.parquet"
    pd.DataFrame({"ds": [0, 1, 2], "y": [1.0, 2.0, 4.0]}).to_parquet(path)
    dataset = read_dataset(path)
    assert (dataset.series[0].id, dataset.frequency) == ("steps", None)


def test_with_a_frequency_a_date_left_out_is_a_missing_value(tmp_path: Path) -> None:
    file = write(tmp_path / "gap.csv", "ds,y\n2024-01-01,1\n2024-01-02,2\n2024-01-04,4\n")
    assert read_dataset(file, "D").series[0].values.tolist() == [1, 2, 3, 4]


def test_offsets_that_change_with_daylight_saving_are_one_line_of_time(tmp_path: Path) -> None:
    file = write(
        tmp_path / "dst.csv",
        "ds,y\n2012-04-01T01:00:00+1100,1\n2012-04-01T02:00:00+1100,2\n"
        "2012-04-01T02:00:00+1000,3\n2012-04-01T03:00:00+1000,4\n",
    )
    dataset = read_dataset(file)
    assert dataset.frequency == "h"
    assert dataset.summary().start == "2012-03-31T14:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("date,y\n2024-01-01,1\n", "no column 'ds'"),
        ("ds,value\n2024-01-01,1\n", "no column 'y'"),
        ("ds,y\n", "no rows"),
        ("", "not a readable CSV"),
        ("ds,y\n2024-01-01,1\n2024-01-01,2\n", r"more than once.* \(line 3\)"),
        ("ds,y\n2024-01-01,1\n2024-01-02,many\n", r"y holds 'many' \(line 3\)"),
        ("ds,y\n2024-01-01,1\n2024-01-02,inf\n", r"y holds 'inf' \(line 3\)"),
        ("ds,y\n2024-01-01,1\nsoon,2\n", r"'soon' is not a date .*\(line 3\)"),
        ("ds,y\n2024-01-01,1\n,2\n", r"ds is empty \(line 3\)"),
        ("ds,y\n0,1\n1,2\n3,3\n", "ds jumps from 1 to 3"),
        ("ds,y\n2024-01-01,1\n2024-01-02,2\n2024-01-07,3\n", "No regular frequency"),
        (TWO_FREQUENCIES, "different frequencies: D, MS"),
    ],
)
def test_refuses_a_file_with_the_place_and_the_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(DataFileError, match=reason) as refused:
        read_dataset(write(tmp_path / "bad.csv", text))
    assert "\n" not in refused.value.message


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="no such file"):
        read_dataset(tmp_path / "none.csv")
