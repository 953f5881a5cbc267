"""Scalers as pickles that can become nothing but scalers.

A pickle may name any function that can be imported, and have it called. The unpickler here knows
the scalers and the parts of NumPy that they consist of, and refuses every other name before
anything is called.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, Self

from forecasting.errors import BrokenVersionError
from forecasting.networks.scalers import CovariateScaler, FixedScaler, RowScaler, Scaler
from forecasting.store.sklearn_scalers import SKLEARN_SCALERS, SklearnScaler

_ALLOWED = {
    ("forecasting.networks.scalers", "WindowScaler"),
    ("forecasting.networks.scalers", "ChangeScaler"),
    ("forecasting.networks.scalers", "CovariateScaler"),
    ("forecasting.networks.scalers", "FixedScaler"),
    *SKLEARN_SCALERS,
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
}

_MOVED = {"forecasting.scalers": "forecasting.networks.scalers"}
"""Modules by the names that older pickles have for them, and by their present names."""


def dump_scaler(scaler: Scaler) -> bytes:
    """Return a fitted scaler as a pickle."""
    return pickle.dumps(scaler, protocol=5)


def load_scaler(pickled: bytes) -> Scaler:
    """Return the fitted scaler that a pickle holds. A scaler of scikit-learn becomes a FixedScaler.

    Raises:
        BrokenVersionError: if the pickle is damaged or names anything but a scaler, or if the
            scaler was not fitted, or on several features.
    """
    scaler = _unpickle(_ScalerUnpickler, pickled)
    if isinstance(scaler, CovariateScaler):
        scaler.values = _checked(scaler.values)
        return scaler
    return _checked(scaler)


def _checked(scaler: Any) -> Scaler:
    """Return a scaler of values. Raises BrokenVersionError if it is none."""
    if isinstance(scaler, SklearnScaler):
        return scaler.fixed()
    if isinstance(scaler, RowScaler | FixedScaler):
        return scaler
    raise BrokenVersionError(f"the pickle holds a {type(scaler).__name__}, not a scaler.")


def check_scaler(pickled: bytes) -> None:
    """Refuse the names that `load_scaler` would refuse, without importing any of them.

    Raises:
        BrokenVersionError: if the pickle is damaged or names anything but a scaler.
    """
    _unpickle(_NameChecker, pickled)


def _unpickle(unpickler: type[pickle.Unpickler], pickled: bytes) -> Any:
    try:
        return unpickler(io.BytesIO(pickled)).load()
    except BrokenVersionError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise BrokenVersionError(f"the scaler cannot be unpickled: {error}") from error


class _ScalerUnpickler(pickle.Unpickler):
    """Imports the scalers but for those of scikit-learn, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        module = _MOVED.get(module, module)
        _check_name(module, name)
        return SKLEARN_SCALERS.get((module, name)) or super().find_class(module, name)


class _NameChecker(pickle.Unpickler):
    """Imports nothing, and puts a placeholder wherever a pickle names something."""

    def find_class(self, module: str, name: str) -> Any:
        _check_name(_MOVED.get(module, module), name)
        return _Placeholder


class _Placeholder:
    """Can be made, called and given a state, as a pickle may do with whatever it names."""

    def __new__(cls, *_: object) -> Self:
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None: ...


def _check_name(module: str, name: str) -> None:
    if (module, name) not in _ALLOWED:
        raise BrokenVersionError(
            f"the scaler's pickle names {module}.{name}, which is not a known scaler; "
            "nothing of it was run."
        )
