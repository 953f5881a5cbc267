import re

from app import errors
from app.errors import ServiceError, status_of
from forecasting.errors import DiskFullError, ForecastingError, StoreError


def test_the_tree_names_every_error_and_its_status() -> None:
    tree = dict(re.findall(r"^[├└]── (\w+) +(\d{3})  \w", errors.__doc__ or "", re.MULTILINE))
    kinds = [kind for kind in ServiceError.__subclasses__() if kind.__module__ == errors.__name__]
    assert tree == {kind.__name__: str(kind.status.value) for kind in kinds}
    assert not any(kind.__subclasses__() for kind in kinds)


def test_the_nearest_class_decides_about_the_status() -> None:
    assert status_of(StoreError("the store is read-only.")) == 503
    assert status_of(DiskFullError("the disk is full.")) == 507
    assert status_of(ForecastingError("something failed.")) == 500
