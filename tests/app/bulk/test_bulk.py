"""Whole tables are forecast as jobs, as the requests of the same names forecast series."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from forecast_client.cli.main import cli
from tests.support.service import Service, wait_until

PARQUET = "application/vnd.apache.parquet"
ROWS = 60


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables").resolve()


@pytest.fixture(scope="module")
def running(
    trained_store: Path, tables: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    settings = {"FORECAST_BULK_LOCATIONS": f"{tables}, s3://shop/sales"}
    jobs = tmp_path_factory.mktemp("jobs")
    with Service(trained_store, jobs, settings) as service, service.client() as client:
        yield client


def series(name: str, start: str, frequency: str, rows: int = ROWS) -> pd.DataFrame:
    generator = np.random.default_rng(len(name) + ord(name[-1]))
    season = 10 * np.sin(2 * np.pi * np.arange(rows) / 7)
    return pd.DataFrame(
        {
            "unique_id": name,
            "ds": pd.date_range(start, periods=rows, freq=frequency),
            "y": 50 + season + generator.normal(size=rows),
        }
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Days, months, weeks and business days, with gaps, repeats and a constant series."""
    parts = [
        *(series(f"days-{n}", f"2024-01-0{n + 1}", "D") for n in range(5)),
        *(series(f"months-{n}", f"201{n}-02-01", "MS") for n in range(3)),
        series("ends", "2015-01-31", "ME"),
        series("weeks", "2020-01-06", "W-MON"),
        series("business", "2024-01-01", "B"),
        series("hours", "2024-03-01", "h", 200),
        series("gaps", "2024-01-01", "D").drop(index=[10, 11, 30]),
        series("holes", "2024-01-01", "D").assign(y=lambda own: own["y"].mask(own["y"] > 58)),
        series("reversed", "2024-01-01", "D")[::-1],
        series("constant", "2024-01-01", "D").assign(y=3.0),
        series("short", "2024-01-01", "D", 6),
    ]
    return pd.concat(parts, ignore_index=True)


def run(client: httpx.Client, **request: Any) -> dict[str, Any]:
    """Queue a bulk job, wait for its end, and return the job."""
    answer = client.post("/bulk", json=request)
    assert answer.status_code == 202, answer.text
    path = answer.headers["location"]
    wait_until(lambda: client.get(path).json()["ended_at"] is not None, what="the job")
    job: dict[str, Any] = client.get(path).json()
    return job


def asked_at_once(
    client: httpx.Client, path: str, frame: pd.DataFrame, **options: Any
) -> pd.DataFrame:
    headers = {"content-type": PARQUET, "accept": PARQUET}
    answer = client.post(path, content=frame.to_parquet(), headers=headers, params=options)
    assert answer.status_code == 200, answer.text
    return pd.read_parquet(io.BytesIO(answer.content))


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in ("unique_id", "cutoff", "ds") if name in frame.columns]
    return frame.sort_values(keys).reset_index(drop=True)


@pytest.mark.parametrize(
    ("operation", "options", "shuffled"),
    [
        ("predict", {"horizon": 5, "levels": [80, 95], "quantiles": [0.3]}, False),
        ("predict", {"horizon": 5, "levels": [80, 95], "quantiles": [0.3]}, True),
        ("backtest", {"horizon": 1, "windows": 2, "forecasts": True}, False),
        ("anomalies", {"last": 3, "warm_up": 3}, False),
    ],
)
def test_the_output_is_what_a_request_is_answered(
    running: httpx.Client,
    tables: Path,
    frame: pd.DataFrame,
    operation: str,
    options: dict[str, Any],
    *,
    shuffled: bool,
) -> None:
    source, output = tables / f"{operation}.parquet", tables / f"{operation}-out.parquet"
    given = frame.sample(frac=1, random_state=1) if shuffled else frame
    repair = {"repair": {"order": "sort"}} if shuffled else {}
    given.to_parquet(source)
    named = {"input": str(source), "output": str(output), "operation": operation}
    job = run(running, **named, **options, **repair, overwrite=shuffled)
    assert job["state"] == "succeeded", job
    texts = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value).lower()
        for name, value in options.items()
    }
    expected = asked_at_once(running, f"/{operation}", frame, **texts)
    pd.testing.assert_frame_equal(in_order(pd.read_parquet(output)), in_order(expected))
    result = running.get(f"/jobs/{job['id']}/result").json()
    assert (result["series"], result["failed"]) == (frame["unique_id"].nunique(), 0)
    assert result["rows"] == len(expected)
    progress = job["progress"]
    assert (progress["series_done"], progress["rows_done"]) == (result["series"], len(frame))


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"input": "/etc/passwd"}, "location_not_allowed", "#/input"),
        ({"input": "{tables}/../secret.parquet"}, "location_not_allowed", "#/input"),
        ({"input": "{tables}/link/secret.parquet"}, "location_not_allowed", "#/input"),
        ({"input": "s3://shop/salesroom/x.parquet"}, "location_not_allowed", "#/input"),
        ({"input": "s3://shop/sales/../x"}, "location_invalid", "#/input"),
        ({"input": "s3://shop/sales/%2e%2e/x"}, "location_invalid", "#/input"),
        ({"input": "s3://shop/sales/x?endpoint_override=localhost"}, "location_invalid", "#/input"),
        ({"input": "http://localhost/x.parquet"}, "location_invalid", "#/input"),
        ({"input": "sales.parquet"}, "location_invalid", "#/input"),
        ({"output": "/tmp"}, "location_not_allowed", "#/output"),
        ({"output": "{tables}"}, "locations_overlap", "#/output"),
        ({"last": 3}, "option_of_other_operation", "#/last"),
        ({"model": "plain", "quantiles": [0.5]}, "quantiles_not_available", "#/quantiles"),
        ({"timezone": "Mars/Olympus"}, "timezone_unknown", "#/timezone"),
        ({"model": "nothing"}, "model_not_found", None),
    ],
)
def test_what_cannot_run_is_refused_at_once(
    running: httpx.Client, tables: Path, changes: dict[str, Any], code: str, pointer: str | None
) -> None:
    link = tables / "link"
    if not link.exists():
        link.symlink_to("/etc")
    request = {"input": f"{tables}/in.parquet", "output": f"{tables}/out.parquet"} | changes
    request |= {
        name: request[name].replace("{tables}", str(tables)) for name in ("input", "output")
    }
    answer = running.post("/bulk", json=request)
    assert answer.status_code in {404, 422}, answer.text
    problem = answer.json()
    assert problem["code"] == code
    assert pointer is None or problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"id_col": "shop"}, "column_unknown", "#/id_col"),
        ({"time_col": "month"}, "column_unknown", "#/time_col"),
        ({"target_col": "word"}, "column_type", "#/target_col"),
        ({"target_col": "is_open"}, "column_type", "#/target_col"),
        ({"id_col": "share"}, "column_type", "#/id_col"),
    ],
)
def test_mistakes_in_the_columns_are_refused_at_once(
    running: httpx.Client, tables: Path, changes: dict[str, str], code: str, pointer: str
) -> None:
    source = tables / "columns.parquet"
    frame = series("a", "2024-01-01", "D").assign(word="many", is_open=True, share=0.5)
    frame.to_parquet(source)
    request = {"input": str(source), "output": f"{tables}/columns-out.parquet"} | changes
    refused = running.post("/bulk", json=request)
    assert refused.status_code == 422, refused.text
    assert refused.json()["code"] == code
    assert refused.json()["errors"][0]["pointer"] == pointer


def test_without_a_setting_there_is_no_location(client: httpx.Client) -> None:
    answer = client.post("/bulk", json={"input": "/tmp/a.parquet", "output": "/tmp/b.parquet"})
    assert answer.status_code == 422
    assert "FORECAST_BULK_LOCATIONS" in answer.json()["detail"]


def test_a_job_that_fails_says_why(running: httpx.Client, tables: Path) -> None:
    job = run(running, input=f"{tables}/nothing.parquet", output=f"{tables}/out")
    assert (job["state"], job["error"]["code"]) == ("failed", "table_not_found")


def test_the_command_line_follows_the_job(
    running: httpx.Client,
    tables: Path,
    frame: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame.to_parquet(tables / "shops.parquet")
    monkeypatch.chdir(tables)
    monkeypatch.setenv("FORECAST_URL", str(running.base_url))
    command = ["bulk", "shops.parquet", "ahead", "--horizon", "2", "--levels", "80,95"]
    cli(command, standalone_mode=False)
    count = frame["unique_id"].nunique()
    assert f"{2 * count} rows of {count} series" in capsys.readouterr().out
    ahead = pd.read_parquet(tables / "ahead")
    assert set(ahead["unique_id"]) == set(frame["unique_id"])
    assert "lower-95" in ahead.columns
    job = running.get("/jobs").json()["jobs"][0]
    cli(["jobs", "result", job["id"]], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["output"] == str(tables / "ahead")
    cli(["jobs"], standalone_mode=False)
    assert f"{count}/{count} series" in capsys.readouterr().out
