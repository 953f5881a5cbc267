"""Series of another frequency than a version was trained on are noted wherever it forecasts."""

from typing import Any

import httpx
import pytest

from tests.support.tiny_models import PASSENGERS


def codes(client: httpx.Client, path: str, frequency: str, **body: Any) -> set[str]:
    series = {"values": PASSENGERS[:48], "start": "2024-01-01", "frequency": frequency}
    answer = client.post(path, json={"series": series, **body})
    assert answer.status_code == 200, answer.text
    found = answer.json().get("forecasts") or answer.json()["series"]
    return {note["code"] for note in found[0]["notes"]}


@pytest.mark.parametrize("path", ["/predict", "/backtest", "/anomalies"])
def test_a_version_of_months_says_so_of_days(client: httpx.Client, path: str) -> None:
    assert "frequency_differs" in codes(client, path, "D", model="tiny")
    assert "frequency_differs" not in codes(client, path, "MS", model="tiny")
    assert "frequency_differs" not in codes(client, path, "D", model="zero-shot")
