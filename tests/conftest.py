"""Real parts, shared: tiny model versions trained once, a service started once."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import settings

from forecasting.store.store import ModelStore
from tests.support.service import ROOT, Service
from tests.support.tiny_models import (
    PASSENGERS,
    publish_mean,
    publish_quantiles,
    publish_untrained_zero_shot,
)
from training.fitting.fit import fit
from training.pipeline import run_fit

settings.register_profile("untimed", deadline=None)  # A busy machine is no fault.
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Leave the garbage collector off while the tests are collected, because all that they import
    stays."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector look at what the tests make, and at nothing older."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow every test that needs a trained network, and every test file that starts a
    service or trains one. `make check` leaves those out.

    Their files come first, so that two processes, which take one file after the other, end at about
    the same time with quick ones. They ask for tests by their ids, and would run only one of two
    that have the same."""
    ids = Counter(item.nodeid for item in items)
    if doubled := [name for name, count in ids.items() if count > 1]:
        raise pytest.UsageError(f"several tests have the same id: {', '.join(doubled)}")
    starters = {Service, fit, run_fit, publish_mean, publish_quantiles}
    for item in items:
        names = vars(getattr(item, "module", None) or item).values()
        uses_a_starter = any(name is starter for name in names for starter in starters)
        if uses_a_starter or "trained_store" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    slow_files = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow_files)


@pytest.fixture(scope="session")
def trained_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny` (quantiles, horizon 4, versions 1 and 2), `plain` (one step, one forecast),
    `zero-shot` (untrained; takes seasons out).

    Shared: copy it before changing it.
    """
    folder = tmp_path_factory.mktemp("trained")
    store = ModelStore(folder / "store")
    publish_quantiles(store, "tiny", folder, seed=1)
    publish_quantiles(store, "tiny", folder, seed=2)
    publish_mean(store, "plain", folder)
    publish_untrained_zero_shot(store, "zero-shot")
    return Path(store.location)


@pytest.fixture(scope="session")
def service(trained_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service on `trained_store`; its jobs never finish into that store."""
    jobs = tmp_path_factory.mktemp("jobs")
    with Service(trained_store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as connected:
        yield connected


@pytest.fixture(scope="session")
def airline() -> list[float]:
    """Airline passengers a month, 1949 – 1960: Box and Jenkins (1976), series G."""
    rows = (ROOT / "examples" / "airline_passengers.csv").read_text().split()[1:]
    return [float(row.rsplit(",", 1)[1]) for row in rows]


@pytest.fixture(scope="session")
def passengers() -> np.ndarray:
    return np.array(PASSENGERS, dtype=np.float64)
