import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from app import errors
from app.access import errors as access_errors
from app.errors import ServiceError, status_of
from forecasting.errors import DiskFullError, ForecastingError, StoreError


def declared(module: ModuleType, base: type[ServiceError]) -> Iterator[type[ServiceError]]:
    """Yield the errors below `base` that a module declares, at any depth."""
    for kind in base.__subclasses__():
        if kind.__module__ == module.__name__:
            yield kind
        yield from declared(module, kind)


@pytest.mark.parametrize("module", [errors, access_errors], ids=lambda module: module.__name__)
def test_the_tree_names_every_error_and_its_status(module: ModuleType) -> None:
    branches = re.findall(r"^[│ ]*[├└]── (\w+) +(\d{3})  \w", module.__doc__ or "", re.MULTILINE)
    kinds = list(declared(module, ServiceError))
    assert dict(branches) == {kind.__name__: str(kind.status.value) for kind in kinds}
    assert len(branches) == len(kinds)


def test_the_nearest_class_decides_about_the_status() -> None:
    assert status_of(StoreError("the store is read-only.")) == 503
    assert status_of(DiskFullError("the disk is full.")) == 507
    assert status_of(ForecastingError("something failed.")) == 500
