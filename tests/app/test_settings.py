import os
import socket
import subprocess
import sys

import pytest

from tests.support.service import ROOT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORECAST_PORT", "70000"),
        ("FORECAST_PORT", "http"),
        ("FORECAST_LOG_LEVEL", "loud"),
        ("FORECAST_DEFAULT_MODEL", "../up"),
        ("FORECAST_MAX_BODY_BYTES", "0"),
        ("FORECAST_PROT", "8000"),
        ("FORECAST_JOBS_DIR", "postgresql://user@host/jobs"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start_with_one_line(name: str, value: str) -> None:
    done = start({name: value})
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr


def test_a_misspelt_setting_is_told_which_one_is_meant() -> None:
    done = start({"FORECAST_BULK_LOCATION": "/data"})
    assert "did you mean FORECAST_BULK_LOCATIONS?" in done.stderr


@pytest.mark.parametrize(
    "url", ["mysql://me:secret@db/jobs", "postgresql://me:sec/ret@db:5432/jobs"]
)
def test_a_url_that_cannot_be_read_is_not_repeated_with_its_password(url: str) -> None:
    done = start({"FORECAST_DATABASE_URL": url})
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "FORECAST_DATABASE_URL" in done.stderr
    assert "sec" not in done.stderr
    assert "ret@" not in done.stderr


def test_a_port_that_is_taken_stops_the_start_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = start(
            {"FORECAST_PORT": str(port), "FORECAST_ROLE": "api", "FORECAST_URL": "for clients"}
        )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    assert "FORECAST_PORT" in done.stderr


def start(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Start the service with settings with which it ends at once."""
    return subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
