import os
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
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start_with_one_line(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
