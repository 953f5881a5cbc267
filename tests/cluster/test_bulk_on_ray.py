"""Bulk jobs whose parts are made on all nodes of a Ray cluster: the promises of one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bulk.places import Place
from bulk.ray_tasks import check_reach
from bulk.writing.destination import Destination
from forecasting.errors import ForecastingError
from forecasting.jobs.job_spec import BulkSpec
from tests.bulk.jobs import BulkJobs, many_days
from tests.support.ray_nodes import RayNodes
from tests.support.service import wait_until

SERIES = 600
SORT = {"repair": {"order": "sort"}}


@pytest.fixture
def jobs(trained_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BulkJobs:
    return BulkJobs(trained_store, tmp_path.resolve(), monkeypatch)


@pytest.fixture
def on_ray(nodes: RayNodes, monkeypatch: pytest.MonkeyPatch) -> RayNodes:
    monkeypatch.setenv("RAY_ADDRESS", nodes.gcs_address)
    return nodes


def wait_for_records(folder: Path, count: int) -> None:
    wait_until(lambda: len(list(folder.glob("part-*.json"))) >= count, what="the parts")


def test_a_job_that_is_killed_and_loses_a_node_loses_and_doubles_nothing(
    jobs: BulkJobs, on_ray: RayNodes
) -> None:
    frame = many_days(SERIES).sample(frac=1, random_state=2)
    frame.to_parquet(jobs.folder / "in.parquet")
    whole = jobs.make("in.parquet", "whole.parquet", "whole", task=SORT)
    assert jobs.run(whole)
    folder = jobs.make("in.parquet", "out.parquet", "killed", task=SORT)
    made: dict[Path, int] = {}
    for kept in (1, 20):
        process = jobs.start(folder)
        wait_for_records(folder.path, kept)
        process.kill()
        process.wait()
        made |= {record: record.stat().st_mtime_ns for record in folder.path.glob("part-*.json")}
    process = jobs.start(folder)
    wait_for_records(folder.path, len(made) + 5)
    on_ray.kill(on_ray.any_node())
    on_ray.add()
    if process.wait():  # The node was the one by which the process belongs to the cluster.
        assert jobs.start(folder).wait() == 0
    assert {record: record.stat().st_mtime_ns for record in made} == made
    found, expected = (
        pd.read_parquet(jobs.folder / f"{name}.parquet") for name in ("out", "whole")
    )
    pd.testing.assert_frame_equal(found, expected)
    wait_until(lambda: on_ray.finished_tasks("_make_part") > 0, what="a part that Ray has made")


@pytest.mark.parametrize(
    "task",
    [
        {"operation": "predict", "levels": (80,)},
        {"operation": "backtest", "windows": 2},
        {"operation": "anomalies", "levels": (80,), "last": 3},
    ],
    ids=lambda task: task["operation"],
)
def test_parts_of_all_operations_are_those_of_one_machine(
    jobs: BulkJobs, on_ray: RayNodes, task: dict[str, Any]
) -> None:
    many_days(30).to_parquet(jobs.folder / "in.parquet")
    assert jobs.start(jobs.make("in.parquet", "there", "there", task=task)).wait() == 0
    jobs.patch.delenv("RAY_ADDRESS")
    assert jobs.run(jobs.make("in.parquet", "here", "here", task=task))
    there, here = (pd.read_parquet(jobs.folder / name) for name in ("there", "here"))
    pd.testing.assert_frame_equal(there, here)
    assert not list((jobs.folder / "there").glob(".*"))


def test_a_place_that_a_node_does_not_see_is_refused(jobs: BulkJobs) -> None:
    folder = jobs.make("in.parquet", "out")
    spec = folder.read_spec()
    assert isinstance(spec, BulkSpec)
    destination = Destination(Place.of(spec.destination), spec.id, folder.path, overwrite=False)
    with pytest.raises(ForecastingError, match=r"does not see .*/in\.parquet") as refused:
        check_reach(spec, destination)
    assert refused.value.code == "location_not_shared"
    many_days(1).to_parquet(jobs.folder / "in.parquet")
    with pytest.raises(ForecastingError, match=r"does not see .*/out, which the job writes"):
        check_reach(spec, destination)
    destination.leave_sign()
    check_reach(spec, destination)
