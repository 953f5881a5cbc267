"""A running service with the models that are shipped, and clients of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from forecast_client import ForecastClient
from tests.support.service import ROOT, Service


@pytest.fixture(scope="session")
def shipped_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("client")
    store = shutil.copytree(ROOT / "model_store", folder / "store")
    with Service(store, folder) as service:
        yield service


@pytest.fixture(scope="session")
def forecasting(shipped_service: Service) -> Iterator[ForecastClient]:
    with ForecastClient(shipped_service.url, progress=False) as client:
        yield client


@pytest.fixture
def passengers_file() -> Path:
    return ROOT / "examples" / "airline_passengers.csv"


@pytest.fixture
def passengers_frame(passengers_file: Path) -> pd.DataFrame:
    return pd.read_csv(passengers_file, parse_dates=["ds"])
