"""Tables of every format are read and written, and series that fail are in a table of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from tests.bulk.jobs import BulkJobs, days, many_days


def expected(jobs: BulkJobs, frame: pd.DataFrame) -> pd.DataFrame:
    frame.to_parquet(jobs.folder / "expected-in.parquet")
    assert jobs.run(jobs.make("expected-in.parquet", "expected.parquet", "expected"))
    return pd.read_parquet(jobs.folder / "expected.parquet")


def test_csv_arrow_and_folders_are_read_alike(jobs: BulkJobs) -> None:
    frame = many_days(5).assign(unique_id=lambda own: own["unique_id"].str.replace("s", "0 "))
    same = expected(jobs, frame)
    frame.to_csv(jobs.folder / "in.csv", index=False)
    frame.assign(ds=frame["ds"].dt.strftime("%d.%m.%Y")).to_csv(
        jobs.folder / "german.csv.gz", index=False, sep=";"
    )
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with ipc.new_stream(str(jobs.folder / "in.arrow"), table.schema) as writer:
        writer.write_table(table)
    frame[::-1].sort_values("ds").to_parquet(jobs.folder / "by-id", partition_cols=["unique_id"])
    (jobs.folder / "by-id" / "_SUCCESS").touch()
    for number, source in enumerate(("in.csv", "in.arrow", "by-id", "german.csv.gz")):
        table_options = {"date_format": "%d.%m.%Y"} if source.startswith("german") else {}
        folder = jobs.make(source, f"out-{number}.parquet", f"job-{number}", table=table_options)
        assert jobs.run(folder), source
        found = pd.read_parquet(jobs.folder / f"out-{number}.parquet")
        found = found.sort_values(["unique_id", "ds"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(found, same, check_exact=False)


def test_csv_and_arrow_are_written(jobs: BulkJobs) -> None:
    frame = many_days(3)
    same = expected(jobs, frame)
    frame.to_parquet(jobs.folder / "in.parquet")
    assert jobs.run(jobs.make("in.parquet", "out.csv", "to-csv"))
    written = pd.read_csv(jobs.folder / "out.csv", parse_dates=["ds"])
    pd.testing.assert_frame_equal(written, same, check_dtype=False)
    assert jobs.run(jobs.make("in.parquet", "out.arrow", "to-arrow"))
    with ipc.open_file(str(jobs.folder / "out.arrow")) as reader:
        pd.testing.assert_frame_equal(reader.read_pandas(), same)
    assert pd.read_csv(jobs.folder / "out.failures.csv").columns.tolist() == [
        "unique_id",
        "code",
        "message",
    ]


def test_columns_of_other_names_and_several_ids(jobs: BulkJobs) -> None:
    frame = many_days(4)
    same = expected(jobs, frame)
    shops = frame.assign(shop=frame["unique_id"].str[0], article=frame["unique_id"].str[1:])
    shops = shops.drop(columns="unique_id").rename(columns={"ds": "day", "y": "sold"})
    shops.assign(price=1.0).to_parquet(jobs.folder / "shops.parquet")
    named = {"id_col": "shop,article", "target_col": "sold"}
    assert jobs.run(jobs.make("shops.parquet", "out.parquet", table=named))
    found = pd.read_parquet(jobs.folder / "out.parquet")
    assert found["unique_id"].str.replace("/", "").tolist() == same["unique_id"].tolist()
    np.testing.assert_allclose(found["point"], same["point"])


def test_a_job_whose_steps_turn_out_to_be_dates_fails(
    jobs: BulkJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = many_days(2).iloc[[0] * 2_000 + [-1] * 2_000]
    frame["ds"] = [86_400 * day for day in range(2_000)] * 2
    for number, given in enumerate((frame, frame.sort_values("ds", kind="stable"))):
        given.to_parquet(jobs.folder / "in.parquet")
        assert not jobs.run(jobs.make("in.parquet", f"out-{number}", f"job-{number}"))
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert told["code"] == "times_unclear"
        assert "as seconds since 1970" in told["detail"]
        assert not (jobs.folder / f"out-{number}" / "_manifest.json").exists()


def test_steps_and_rows_without_times(jobs: BulkJobs) -> None:
    frame = many_days(2).drop(columns="ds")
    frame["ds"] = frame.groupby("unique_id").cumcount() * 10 + 5
    frame.to_parquet(jobs.folder / "steps.parquet")
    assert jobs.run(jobs.make("steps.parquet", "steps-out.parquet", "steps"))
    ahead = pd.read_parquet(jobs.folder / "steps-out.parquet")
    assert ahead["ds"].tolist() == [305, 315, 315, 325]
    frame.drop(columns="ds").to_parquet(jobs.folder / "rows.parquet")
    assert jobs.run(jobs.make("rows.parquet", "rows-out.parquet", "rows"))
    ahead = pd.read_parquet(jobs.folder / "rows-out.parquet")
    assert ahead["ds"].tolist() == [30, 31, 31, 32]


def test_whole_numbers_may_be_dates(jobs: BulkJobs) -> None:
    frame = many_days(3)
    same = expected(jobs, frame)
    frame["ds"] = frame["ds"].astype("datetime64[s]").astype("int64").astype(float)
    frame.to_parquet(jobs.folder / "in.parquet")
    job = jobs.make("in.parquet", "out.parquet")
    assert jobs.run(job)
    ahead = pd.read_parquet(jobs.folder / "out.parquet")
    assert str(ahead["ds"].dtype) == "datetime64[us, UTC]"
    pd.testing.assert_frame_equal(ahead.assign(ds=ahead["ds"].dt.tz_localize(None)), same)
    note = json.loads(job.result.read_text())["notes"][0]
    assert (note["code"], note["series"]) == ("dates_recognised", 3)


def test_times_keep_their_zone(jobs: BulkJobs) -> None:
    frame = days("a", 80)
    frame["ds"] = pd.date_range("2024-03-28", periods=80, freq="h", tz="Europe/Berlin")
    frame.to_parquet(jobs.folder / "zoned.parquet")
    assert jobs.run(jobs.make("zoned.parquet", "out.parquet"))
    ahead = pd.read_parquet(jobs.folder / "out.parquet")
    assert [str(at) for at in ahead["ds"]] == [
        "2024-03-31 09:00:00+02:00",
        "2024-03-31 10:00:00+02:00",
    ]


def test_series_that_fail_are_in_a_table_of_their_own(jobs: BulkJobs) -> None:
    good = many_days(3)
    bad = {
        "infinite": days("infinite").assign(y=np.inf),
        "empty": days("empty").assign(y=np.nan),
        "repeated": pd.concat([days("repeated"), days("repeated")]),
        "dateless": days("dateless").assign(ds=pd.to_datetime(["NaT"] * 30)),
        "one": days("one", 1),
    }
    nameless = days(None)
    pd.concat([good, *bad.values(), nameless]).to_parquet(jobs.folder / "in.parquet")
    assert jobs.run(jobs.make("in.parquet", "out"))
    failures = pd.read_parquet(jobs.folder / "out" / "_failures.parquet")
    found = dict(zip(failures["unique_id"].fillna(""), failures["code"], strict=True))
    assert found == {
        "infinite": "cell_invalid",
        "empty": "series_all_missing",
        "repeated": "timestamps_not_rising",
        "dateless": "cell_invalid",
        "one": "timestamps_irregular",
        "": "cell_invalid",
    }
    ahead = pd.read_parquet(jobs.folder / "out")
    assert set(ahead["unique_id"]) == {"s0", "s1", "s2"}
    manifest = json.loads((jobs.folder / "out" / "_manifest.json").read_text())
    assert (manifest["series"], manifest["failed"], manifest["rows"]) == (9, 6, 6)


def test_a_cell_that_is_no_number_fails_its_series_alone(jobs: BulkJobs) -> None:
    texts = many_days(3).astype({"y": str})
    texts.loc[40, "y"] = "n/k"
    texts.loc[70, "y"] = "NA"
    texts["unique_id"] = texts["unique_id"].replace("s0", "NA")
    texts.to_csv(jobs.folder / "in.csv", index=False)
    texts.to_parquet(jobs.folder / "in.parquet")
    for number, source in enumerate(("in.csv", "in.parquet")):
        assert jobs.run(jobs.make(source, f"out-{number}", f"job-{number}"))
        output = jobs.folder / f"out-{number}"
        assert pd.read_parquet(output / "_failures.parquet")["unique_id"].tolist() == ["s1"]
        assert set(pd.read_parquet(output)["unique_id"]) == {"NA", "s2"}


def test_spaces_around_the_fields_of_csv_do_not_count(jobs: BulkJobs) -> None:
    frame = many_days(3)
    same = expected(jobs, frame)
    rows = zip(frame["unique_id"], frame["ds"].dt.date, frame["y"], strict=True)
    lines = [
        "unique_id, ds, y",
        *(f"{name}{' ' * (row % 2)}, {ds}, {y}" for row, (name, ds, y) in enumerate(rows)),
    ]
    (jobs.folder / "spaces.csv").write_text("\n".join([*lines, " , , "]))
    assert jobs.run(jobs.make("spaces.csv", "out"))
    pd.testing.assert_frame_equal(pd.read_parquet(jobs.folder / "out"), same)
    failures = pd.read_parquet(jobs.folder / "out" / "_failures.parquet")
    place = f"{jobs.folder}/spaces.csv, row {len(frame)} (counted from 0)"
    assert failures["message"].tolist() == [
        f"{place}: the row names no series, for its id is empty."
    ]


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%Y%m%d", "%s"])
def test_a_date_among_the_first_that_cannot_be_read_fails_its_series_alone(
    jobs: BulkJobs, written: str
) -> None:
    frame = many_days(3).assign(ds=lambda own: own["ds"].dt.strftime(written))
    frame.loc[[0, 7], "ds"] = ["soon", "31.12.2023"]
    frame.to_csv(jobs.folder / "in.csv", index=False)
    assert jobs.run(jobs.make("in.csv", "out"))
    failures = pd.read_parquet(jobs.folder / "out" / "_failures.parquet")
    assert failures["unique_id"].tolist() == ["s0"]
    assert "row 0 (counted from 0), column 'ds': the cell is 'soon', and" in failures["message"][0]
    assert failures["message"][0].endswith(". 1 more of its rows cannot be read either.")


@pytest.mark.parametrize("apart", [False, True])
def test_the_first_cell_that_cannot_be_read_is_named(jobs: BulkJobs, *, apart: bool) -> None:
    frame = pd.concat([days(f"s{n}", 400) for n in range(6)], ignore_index=True).astype(str)
    frame.loc[[1_500, 1_505, 1_510], "ds"] = ["never", "2024-13-01", None]
    frame.loc[1_900, "y"] = "n/k"
    frame.loc[2_350, "ds"] = None
    if apart:
        frame = frame.iloc[np.argsort(np.arange(len(frame)) % 400, kind="stable")]
    (jobs.folder / "in").mkdir()
    frame[:1_100].to_csv(jobs.folder / "in" / "1.csv", index=False)
    frame[1_100:].to_csv(jobs.folder / "in" / "2.csv", index=False)
    assert jobs.run(jobs.make("in", "out"))
    failures = pd.read_parquet(jobs.folder / "out" / "_failures.parquet").set_index("unique_id")
    given = frame.index.tolist()
    rows = {"s3": given.index(1_500), "s4": given.index(1_900), "s5": given.index(2_350)}

    def place(name: str) -> str:
        number, row = (1, rows[name]) if rows[name] < 1_100 else (2, rows[name] - 1_100)
        return f"{jobs.folder}/in/{number}.csv, row {row} (counted from 0), column "

    assert failures["message"].to_dict() == {
        "s3": place("s3") + "'ds': the cell is 'never', and not a date in plain ISO 8601. "
        "2 more of its rows cannot be read either.",
        "s4": place("s4") + "'y': the cell is 'n/k', and not a finite number.",
        "s5": place("s5") + "'ds': the cell is empty, and not a date in plain ISO 8601.",
    }


def test_the_number_that_is_written_unlike_the_first_ones_is_named(
    jobs: BulkJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.concat([days(f"s{n}", 600) for n in range(2)], ignore_index=True)
    frame["ds"] = frame["ds"].astype("datetime64[s]").astype("int64")
    frame.loc[1_100:, "ds"] *= 1_000
    frame.to_parquet(jobs.folder / "in.parquet")
    assert not jobs.run(jobs.make("in.parquet", "out"))
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["code"] == "times_unclear"
    assert told["detail"].startswith(f"{jobs.folder}/in.parquet, row 1100 (counted from 0): ")
    assert f"and {frame['ds'][1_100]} is none" in told["detail"]


def test_an_output_is_not_replaced_by_nothing(
    jobs: BulkJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    many_days(2).to_parquet(jobs.folder / "in.parquet")
    assert jobs.run(jobs.make("in.parquet", "out.csv"))
    before = (jobs.folder / "out.csv").read_bytes()
    many_days(2).assign(y=np.inf).to_parquet(jobs.folder / "bad.parquet")
    assert not jobs.run(jobs.make("bad.parquet", "out.csv", "second", overwrite=True))
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["code"] == "all_series_failed"
    assert "none of the 2 series could be done. The first is 's0': " in said["detail"]
    assert (jobs.folder / "out.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("in.parquet", b"PAR1 and no more", "input_broken"),
        ("in", b"\x1f\x8b\x08 and no more", "table_not_found"),
        ("in.csv", b"unique_id,ds,y\n", "file_empty"),
        ("in.csv", b"shop,ds,y\na,2024-01-01,1\n", "column_missing"),
        ("in.csv", b"unique_id,ds,y\na,202451,1\nb,202452,2\n", "times_unclear"),
        ("in.csv", b"unique_id,ds,y\na,31.01.2024,1\n", "times_unclear"),
        ("in.csv", b"unique_id,ds,y\na,2024-01-01,1\na,never,2\n", "times_unclear"),
        ("in.csv", b"unique_id;ds;y\na;2024-01-01;1,5\n", "csv_not_plain"),
        ("in.csv", "unique_id,ds,y\nä,2024-01-01,1\n".encode("latin-1"), "csv_not_plain"),
    ],
)
def test_files_that_are_no_such_tables(
    jobs: BulkJobs,
    name: str,
    content: bytes,
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (jobs.folder / name).write_bytes(content)
    assert not jobs.run(jobs.make(name, "out.parquet"))
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == code


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_column_that_is_missing_or_twice_in_a_file_is_named(
    jobs: BulkJobs, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pa.Table.from_pandas(days("a"), preserve_index=False)
    for others, code in (
        (table.drop_columns(["y"]), "column_missing"),
        (table.append_column("y", table["y"]), "column_repeated"),
    ):
        folder = jobs.folder / code
        folder.mkdir()
        for name, written in (("1", table), ("2", others)):
            if kind == "parquet":
                parquet.write_table(written, folder / f"{name}.parquet")
            else:
                with ipc.new_file(folder / f"{name}.arrow", written.schema) as writer:
                    writer.write_table(written)
        assert not jobs.run(jobs.make(code, f"{code}.parquet", code))
        told = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert told["code"] == code
        assert f"/2.{kind} " in told["detail"]
        assert "'y'" in told["detail"]


def test_a_link_in_a_folder_leads_nowhere(
    jobs: BulkJobs, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    secret: Path = tmp_path_factory.mktemp("secret") / "secret.parquet"
    days("secret").to_parquet(secret)
    (jobs.folder / "in").mkdir()
    (jobs.folder / "in" / "a.parquet").symlink_to(secret)
    assert not jobs.run(jobs.make("in", "out.parquet"))
    assert json.loads(capsys.readouterr().out)["code"] == "location_not_allowed"


@pytest.mark.parametrize(
    ("first", "column", "code"),
    [
        ({}, {"ds": range(30)}, "times_unclear"),
        (
            {},
            {"ds": pd.date_range("2024-01-01", periods=30, tz="America/New_York")},
            "times_unclear",
        ),
        ({"ds": range(30)}, {}, "times_unclear"),
        ({}, {"y": [True, False] * 15}, "column_type"),
        ({"unique_id": 1}, {"unique_id": 1.5}, "column_type"),
        ({}, {"ds": pd.period_range("2024-01", periods=30, freq="M")}, "column_type"),
        ({"ds": pd.period_range("2024-01", periods=30, freq="M")}, {}, "column_type"),
    ],
)
def test_a_column_of_another_type_in_another_file_is_refused(
    jobs: BulkJobs,
    first: dict[str, Any],
    column: dict[str, Any],
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (jobs.folder / "in").mkdir()
    days("a").assign(**first).to_parquet(jobs.folder / "in" / "1.parquet")
    days("b").assign(**column).to_parquet(jobs.folder / "in" / "2.parquet")
    assert not jobs.run(jobs.make("in", "out.parquet"))
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == code
