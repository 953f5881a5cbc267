import re

import pytest

from tests.support.service import ROOT

LOCK_FILES = [
    "requirements.lock",
    "requirements-api.lock",
    "requirements-dev.lock",
    "requirements-cluster.lock",
    "client/requirements.lock",
    "benchmarks/accuracy/baselines.lock",
    "benchmarks/training/peers.lock",
    "guide/docs.lock",
    "requirements-clients.lock",
]


@pytest.mark.parametrize("name", LOCK_FILES)
def test_a_lock_file_pins_everything_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    requirements = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert requirements
    assert all(re.match(r"[\w.-]+(\[[\w,]+\])?==\S+", line) for line in requirements)
