"""The clients of other systems, in the environment of their own that `make test` sets up."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import ROOT

_PYTHON = ROOT / ".venv-clients" / "bin" / "python"
_PATIENCE_SECONDS = 240


def run_client(script: Path, *arguments: str, env: dict[str, str] | None = None) -> Any:
    """Run a script with these clients and the arguments; return what it prints, which is JSON.

    Its environment has nothing of this process's but `env`, so that no setting here reaches it.
    """
    if not _PYTHON.exists():
        pytest.fail("other systems' clients are missing: make .venv-clients/.installed")
    done = subprocess.run(
        [_PYTHON, "-W", "ignore", script, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **(env or {})},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{script.name} failed:\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)
