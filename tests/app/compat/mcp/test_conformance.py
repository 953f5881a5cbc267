"""The suite by which implementations of MCP are checked, as far as it is about any server."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.service import Service

_COMMANDS = Path(__file__).parent / "conformance" / "node_modules" / ".bin"


@pytest.mark.skipif(
    not (_COMMANDS / "conformance").exists(),
    reason="the suite is not there: make test installs it, with npm",
)
@pytest.mark.parametrize(
    "scenario", ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"]
)
def test_scenario(service: Service, scenario: str, tmp_path: Path) -> None:
    own = _COMMANDS / "node"  # The suite needs a newer Node than many systems have.
    node = str(own) if own.exists() else shutil.which("node")
    assert node is not None
    options = ["--url", f"{service.url}/mcp", "--scenario", scenario]
    done = subprocess.run(
        [node, _COMMANDS / "conformance", "server", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed, 0 warnings" in done.stdout
