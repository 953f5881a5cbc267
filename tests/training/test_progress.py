"""What a training prints of its progress."""

import json

import pytest

from training.progress import JsonLines


def test_the_time_left_is_estimated_anew_for_each_network(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = JsonLines()
    for epoch in (1, 2, 1, 2, 3):
        progress.epoch(epoch, 3, 0.5, 0.5)
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["epoch"] for event in printed] == [1, 2, 1, 2, 3]
    assert [event["seconds_left"] is None for event in printed] == [True, False, True, False, False]
