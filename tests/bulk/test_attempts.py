"""A job that is killed goes on where it was; what is there is not replaced unasked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.bulk.jobs import BulkJobs, many_days
from tests.support.service import wait_until

PARTS = "part-*-killed.parquet"


def wait_for_records(folder: Path, count: int) -> None:
    wait_until(lambda: len(list(folder.glob("part-*.json"))) >= count, what="the parts")


def itself(job: int) -> int:
    return job


def a_process_of(job: int) -> int:
    children = Path(f"/proc/{job}/task/{job}/children").read_text().split()
    return next(
        int(child)
        for child in children
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
    )


def test_a_job_that_is_killed_loses_and_doubles_nothing(jobs: BulkJobs) -> None:
    frame = many_days(40).sample(frac=1, random_state=2)
    frame.to_parquet(jobs.folder / "in.parquet")
    sort = {"repair": {"order": "sort"}}
    whole = jobs.make("in.parquet", "whole", "whole", task=sort)
    assert jobs.run(whole)
    folder = jobs.make("in.parquet", "out", "killed", task=sort, processes=2)
    output = jobs.folder / "out"
    made: dict[Path, int] = {}
    for kept, which in ((1, itself), (8, a_process_of)):
        process = jobs.start(folder, subprocess.PIPE)
        wait_for_records(folder.path, kept)
        os.kill(which(process.pid), signal.SIGKILL)
        told, _ = process.communicate()
        assert b'"failed"' not in told
        made |= {record: record.stat().st_mtime_ns for record in folder.path.glob("part-*.json")}
    assert not (output / "_manifest.json").exists()
    assert jobs.start(folder).wait() == 0
    assert {record: record.stat().st_mtime_ns for record in made} == made
    pd.testing.assert_frame_equal(pd.read_parquet(output), pd.read_parquet(jobs.folder / "whole"))
    assert len(list(output.glob(PARTS))) == 20
    assert not list(output.glob(".*"))


def test_a_version_that_cannot_be_loaded_fails_the_job_with_the_reason(jobs: BulkJobs) -> None:
    many_days(6).to_parquet(jobs.folder / "in.parquet")
    store = shutil.copytree(jobs.store / "zero-shot", jobs.folder / "store" / "zero-shot").parent
    (store / "zero-shot" / "1" / "model.keras").write_bytes(b"no network")
    folder = jobs.make("in.parquet", "out", store=str(store), processes=2)
    process = jobs.start(folder, subprocess.PIPE)
    told, _ = process.communicate()
    assert process.returncode == 2
    ended = json.loads(told.splitlines()[-1])
    assert (ended["event"], ended["code"]) == ("failed", "version_broken")


def test_an_input_that_changes_between_attempts_is_noticed(
    jobs: BulkJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    many_days(3).to_parquet(jobs.folder / "in.parquet")
    folder = jobs.make("in.parquet", "out")
    assert jobs.run(folder)
    folder.result.unlink()
    many_days(4).to_parquet(jobs.folder / "in.parquet")
    assert not jobs.run(folder)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "input_changed"


def test_a_finished_job_does_nothing_again(jobs: BulkJobs) -> None:
    many_days(2).to_parquet(jobs.folder / "in.parquet")
    folder = jobs.make("in.parquet", "out.parquet")
    assert jobs.run(folder)
    (jobs.folder / "out.parquet").unlink()
    assert jobs.run(folder)
    assert not (jobs.folder / "out.parquet").exists()


def test_nothing_is_replaced_unasked(jobs: BulkJobs, capsys: pytest.CaptureFixture[str]) -> None:
    many_days(3).to_parquet(jobs.folder / "in.parquet")
    (jobs.folder / "file.parquet").write_text("mine")
    (jobs.folder / "folder").mkdir()
    (jobs.folder / "folder" / "mine.txt").write_text("mine")
    (jobs.folder / "file").write_text("mine")
    for number, output in enumerate(("file.parquet", "folder", "file")):
        assert not jobs.run(jobs.make("in.parquet", output, f"refused-{number}"))
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "output_exists"
    assert (jobs.folder / "file.parquet").read_text() == "mine"
    assert jobs.run(jobs.make("in.parquet", "file.parquet", "asked", overwrite=True))
    assert len(pd.read_parquet(jobs.folder / "file.parquet")) == 6
    assert not jobs.run(jobs.make("in.parquet", "folder", "foreign", overwrite=True))
    assert (jobs.folder / "folder" / "mine.txt").read_text() == "mine"


def test_the_output_of_an_earlier_job_is_replaced_if_asked(jobs: BulkJobs) -> None:
    many_days(5).to_parquet(jobs.folder / "in.parquet")
    assert jobs.run(jobs.make("in.parquet", "out", "first"))
    assert not jobs.run(jobs.make("in.parquet", "out", "second"))
    assert jobs.run(jobs.make("in.parquet", "out", "third", overwrite=True, series_a_part=5))
    assert [path.name for path in (jobs.folder / "out").glob("part-*")] == [
        "part-000000-third.parquet"
    ]
    assert len(pd.read_parquet(jobs.folder / "out")) == 10


def test_a_job_fails_whose_parts_another_job_has_replaced(
    jobs: BulkJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    many_days(3).to_parquet(jobs.folder / "in.parquet")
    killed = jobs.make("in.parquet", "out", "killed")
    assert jobs.run(killed)
    killed.result.unlink()
    assert jobs.run(jobs.make("in.parquet", "out", "other", overwrite=True))
    assert not jobs.run(killed)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "output_exists"
    manifest = json.loads((jobs.folder / "out" / "_manifest.json").read_bytes())
    assert manifest["job"] == "other"
    assert len(pd.read_parquet(jobs.folder / "out")) == 6


def test_parts_of_a_job_that_failed_are_replaced_with_those_of_the_earlier_one(
    jobs: BulkJobs,
) -> None:
    many_days(4).to_parquet(jobs.folder / "in.parquet")
    assert jobs.run(jobs.make("in.parquet", "out", "first"))
    output = jobs.folder / "out"
    (output / "part-000000-failed.parquet").write_bytes(
        (output / "part-000000-first.parquet").read_bytes()
    )
    (output / "north").mkdir()
    (output / "north" / "part-000000-other.parquet").touch()
    assert jobs.run(jobs.make("in.parquet", "out", "third", overwrite=True, series_a_part=4))
    assert [path.name for path in output.glob("part-*")] == ["part-000000-third.parquet"]
    assert (output / "north" / "part-000000-other.parquet").exists()


def test_the_table_of_failures_replaces_nothing_unasked(
    jobs: BulkJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    many_days(2).to_parquet(jobs.folder / "in.parquet")
    mine = jobs.folder / "out.failures.parquet"
    many_days(2).to_parquet(mine)
    content = mine.read_bytes()
    assert not jobs.run(jobs.make("in.parquet", "out.parquet", "unasked"))
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "output_exists"
    assert not jobs.run(jobs.make(mine.name, "out.parquet", "own-input", overwrite=True))
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "locations_overlap"
    assert mine.read_bytes() == content
