from pathlib import Path

import pandas as pd
import pytest

from forecasting.covariates.day_features import parse_features
from forecasting.errors import DataFileError
from forecasting.series.opening import parse_opening
from forecasting.series.repair import DateRules, Repair
from forecasting.tables.options import TableOptions
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


def test_reads_the_long_format_with_rows_in_any_order_if_it_may_sort_them(tmp_path: Path) -> None:
    file = write(
        tmp_path / "two.csv",
        "unique_id,ds,y,price\n"
        "b,2024-02-01,5,1\nb,2024-01-01,4,1\nb,2024-03-01,7,1\n"
        "a,2024-01-01,1,1\na,2024-02-01,,1\na,2024-03-01,3,1\n",
    )
    cure = r"series 'b', line 3: .* --repair '\{\"order\": \"sort\"\}'"
    with pytest.raises(DataFileError, match=cure):
        read_dataset(file)
    dataset = read_dataset(file, rules=DateRules(repair=Repair(order="sort")))
    assert [(s.id, s.values.tolist()) for s in dataset.series] == [
        ("b", [4.0, 5.0, 7.0]),
        ("a", [1.0, 2.0, 3.0]),
    ]
    assert [note.code for note in dataset.notes] == ["timestamps_sorted", "missing_values_filled"]
    assert dataset.frequency == "MS"
    summary = dataset.summary()
    assert (summary.series, summary.observations) == (2, 6)
    assert (summary.start, summary.end) == ("2024-01-01T00:00:00", "2024-03-01T00:00:00")


def test_a_file_whose_newest_row_comes_first_is_turned_around_with_a_note(tmp_path: Path) -> None:
    text = "date,close\n2024-01-03,7\n2024-01-02,6\n2024-01-01,5\n"
    dataset = read_dataset(write(tmp_path / "stock.csv", text))
    assert dataset.series[0].values.tolist() == [5, 6, 7]
    assert [note.code for note in dataset.notes] == ["columns_chosen", "rows_reversed"]


def test_an_id_may_be_any_text(tmp_path: Path) -> None:
    names = ["NA", "null", "0", "a"]
    rows = [f"{name},{step},{step * step}" for name in names for step in range(4)]
    file = write(tmp_path / "ids.csv", "\n".join(["unique_id,ds,y", *rows]))
    assert [series.id for series in read_dataset(file).series] == names


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


def test_a_short_series_has_the_frequency_of_the_others(tmp_path: Path) -> None:
    text = "unique_id,ds,y\nb,2024-01-03,5\n" + "".join(
        f"a,2024-01-0{day},{day}\n" for day in range(1, 8)
    )
    short, _ = read_dataset(write(tmp_path / "short.csv", text)).series
    assert [note.code for note in short.notes] == ["frequency_of_others"]


def test_opening_times_hold_for_every_series(tmp_path: Path) -> None:
    rules = DateRules(opening=parse_opening("Mon-Fri", "10-16", []))
    hours = [f"2024-01-0{day}T{hour}:00" for day in (4, 5, 8) for hour in range(10, 17)]
    rows = [f"{hour},{n}\n" for n, hour in enumerate(hours)]
    dataset = read_dataset(write(tmp_path / "open.csv", "".join(["ds,y\n", *rows])), rules=rules)
    assert (dataset.frequency, dataset.series[0].values.size) == ("h", 21)
    rules = DateRules(opening=parse_opening("Fri", None, []))
    with pytest.raises(DataFileError, match="a Thursday, lies outside"):
        read_dataset(tmp_path / "open.csv", rules=rules)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("place,y\nhere,1\nthere,2\n", "no column 'ds'.*--time-col"),
        ("ds,value\n2024-01-01,here\n", "no column 'y'.*--target-col"),
        ("ds,a,b\n2024-01-01,1,2\n", "--target-col=a, .*--layout=wide"),
        ("ds,y\n", "no rows"),
        ("", "the file is empty"),
        ("ds,y\n2024-01-01,1\n2024-01-01,2\n", r"line 3: .*more than once.*--repair '\{"),
        (
            "ds,y\n2024-01-01,1\n2024-01-02,many\n",
            "line 3 .*column 'y': 'many' is not a number",
        ),
        (
            "ds,y\n2024-01-01,1\n2024-01-02,inf\n",
            "line 3 .*column 'y': inf is not a finite",
        ),
        ("ds,y\n2024-01-01,1\nsoon,2\n", "line 3 of the file, column 'ds': 'soon' is not a date"),
        ("ds,y\n2024-01-01,1\n,2\n", "line 3 of the file, column 'ds': .*empty"),
        ("ds,y\n0,1\n1,2\n3,3\n", "line 4: ds goes from 1 to 3.*--repair 'true'"),
        ("ds,y\n2024-01-01,1\n2024-01-02,2\n2024-01-07,3\n", "No regular frequency"),
        (
            "ds,y\n" + "2024-01-01,1\n2024-01-01,9\n2024-01-02,2\n2024-01-02,7\n" * 2,
            r"ids \(--id-col\)\. If the values",
        ),
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


def test_reads_what_the_service_reads_and_says_what_was_assumed(tmp_path: Path) -> None:
    rows = [f"{shop};0{month}.2024;1.20{month},5" for shop in "ab" for month in range(1, 7)]
    file = write(tmp_path / "sales.csv", "\n".join(["Filiale;Monat;Umsatz", *rows]))
    dataset = read_dataset(file)
    assert [series.id for series in dataset.series] == ["a", "b"]
    assert dataset.series[0].values.tolist() == [1200.5 + month for month in range(1, 7)]
    assert dataset.frequency == "MS"
    assert [note.code for note in dataset.notes] == ["columns_chosen"]


def test_reads_what_the_options_say(tmp_path: Path) -> None:
    rows = [f"2024-01-0{day},{day},{2 * day}" for day in range(1, 7)]
    file = write(tmp_path / "wide.csv", "\n".join(["day,a,b", *rows]))
    wide = read_dataset(file, options=TableOptions(layout="wide"))
    assert [series.id for series in wide.series] == ["a", "b"]
    long = read_dataset(file, options=TableOptions(target_col="b"))
    assert long.series[0].values.tolist() == [2, 4, 6, 8, 10, 12]


SHOP = "ds,sales,visits,promo,region\n" + "".join(
    f"2024-01-{day:02},{20 + day % 5},{50 + day % 7},{('no', 'yes')[day % 3 == 0]},north\n"
    for day in range(1, 29)
)


def test_columns_and_days_of_the_calendar_are_covariates(tmp_path: Path) -> None:
    file = write(tmp_path / "shop.csv", SHOP + "2024-01-29,,,yes,north\n")
    options = TableOptions(target_col="sales", covariates="visits,promo", static_cols="region")
    dataset = read_dataset(file, options=options, days=parse_features(["weekend"]))
    (series,) = dataset.series
    assert series.static == {"region": "north"}
    assert series.covariates is not None
    assert series.covariates.names == ("visits", "promo=no", "promo=yes", "weekend")
    assert series.covariates.known_ahead.tolist() == [False, True, True, True]
    assert series.covariates.past[:7, 3].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert len(series.covariates.ahead) == 0
    assert [note.code for note in dataset.notes] == ["covariates_beyond_horizon"]
    plain = read_dataset(file, options=TableOptions(target_col="sales", covariates="promo"))
    assert plain.summary().digest != dataset.summary().digest


def test_each_target_is_a_series_that_sees_all_of_them(tmp_path: Path) -> None:
    file = write(tmp_path / "shop.csv", SHOP)
    dataset = read_dataset(file, options=TableOptions(target_cols="sales,visits"))
    for series, target in zip(dataset.series, ("sales", "visits"), strict=True):
        assert (series.id, series.target, series.static) == ("north", target, {"target": target})
        assert series.covariates is not None
        assert series.covariates.names == ("sales", "visits")
        own = series.covariates.past[:, series.covariates.names.index(target)]
        assert own.tolist() == series.values.tolist()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (TableOptions(target_col="sales", known_ahead="promo"), "--known-ahead names the column"),
        (TableOptions(target_col="sales", static_cols="visits"), "'visits' should have the same"),
        (TableOptions(target_col="sales", target_cols="sales,visits"), "--target-cols alone"),
    ],
)
def test_columns_that_make_no_sense_are_refused_by_their_flags(
    tmp_path: Path, options: TableOptions, reason: str
) -> None:
    with pytest.raises(DataFileError, match=reason):
        read_dataset(write(tmp_path / "shop.csv", SHOP), options=options)
