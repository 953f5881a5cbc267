"""A mistake that is not found before a job is queued fails the job with the same words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bulk.check import find_mistake
from forecasting.jobs.job_spec import BulkSpec
from forecasting.tables.locations import AllowedLocations
from tests.bulk.jobs import BulkJobs, days


@pytest.mark.parametrize(
    ("table", "changes", "task", "code"),
    [
        ({"id_col": "shop"}, {}, {}, "column_unknown"),
        ({"time_col": "month"}, {}, {}, "column_unknown"),
        ({"target_col": "word"}, {}, {}, "column_type"),
        ({"id_col": "share"}, {}, {}, "column_type"),
        ({}, {"ds": 1.5}, {}, "times_unclear"),
        ({}, {"ds": "31.01.2024"}, {}, "times_unclear"),
        ({"date_format": "%d/%m/%Y"}, {"ds": "31.01.2024"}, {}, "times_unclear"),
        ({}, {"ds": range(1, 31)}, {"frequency": "D"}, "frequency_without_dates"),
        ({}, {"ds": range(1, 31)}, {"timezone": "Europe/Berlin"}, "timezone_without_dates"),
    ],
)
def test_a_job_fails_with_the_words_of_the_check(
    jobs: BulkJobs,
    table: dict[str, str],
    changes: dict[str, Any],
    task: dict[str, str],
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame = days("a").assign(word="many", share=0.5, **changes)
    frame.to_parquet(jobs.folder / "in.parquet")
    folder = jobs.make("in.parquet", "out.parquet", table=table, task=task)
    assert not jobs.run(folder)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    spec = folder.read_spec()
    assert isinstance(spec, BulkSpec)
    mistake = find_mistake(spec.source, AllowedLocations(spec.allowed), spec.table, **task)
    assert mistake is not None
    assert (told["code"], told["detail"]) == (mistake.code, mistake.message)
    assert mistake.code == code
