"""The examples that are made up are what their programs make."""

import subprocess
import sys

from tests.support.service import ROOT


def test_the_sales_are_those_that_the_program_makes() -> None:
    program = ROOT / "examples" / "make_sales.py"
    made = subprocess.run([sys.executable, program], capture_output=True, check=True).stdout
    assert made == (ROOT / "examples" / "sales.csv").read_bytes()
    assert len(made) < 60_000
