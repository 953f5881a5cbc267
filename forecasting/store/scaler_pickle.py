"""Scalers as pickles that can only ever become scalers.

A pickle may name any importable function and have it called. This unpickler knows the scalers and
the NumPy parts that they are made of, and refuses every other name before anything is called.
"""

import io
import pickle
import warnings
from typing import Any, Self

from forecasting.errors import BrokenVersionError
from forecasting.networks.scalers import RowScaler, Scaler

_ALLOWED = {
    ("forecasting.networks.scalers", "WindowScaler"),
    ("forecasting.networks.scalers", "ChangeScaler"),
    ("sklearn.preprocessing._data", "MinMaxScaler"),
    ("sklearn.preprocessing._data", "StandardScaler"),
    ("sklearn.preprocessing._data", "RobustScaler"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
}


_MOVED = {"forecasting.scalers": "forecasting.networks.scalers"}
"""Modules as older pickles name them, and where they are now."""


def dump_scaler(scaler: Scaler) -> bytes:
    return pickle.dumps(scaler, protocol=5)


def load_scaler(pickled: bytes) -> Scaler:
    """Raises BrokenVersionError for a pickle that is damaged, names anything but a scaler, was
    fitted on more than one feature, or was written by another release of scikit-learn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # InconsistentVersionWarning, without importing sklearn
        try:
            scaler = _ScalerUnpickler(io.BytesIO(pickled)).load()
        except BrokenVersionError:
            raise
        except Exception as error:  # a damaged pickle can raise anything
            raise BrokenVersionError(f"the scaler cannot be unpickled: {error}") from error
    if isinstance(scaler, RowScaler):
        return scaler
    if not all(hasattr(scaler, name) for name in ("transform", "inverse_transform")):
        raise BrokenVersionError(f"the pickle holds a {type(scaler).__name__}, not a scaler.")
    features = getattr(scaler, "n_features_in_", None)
    if features != 1:
        raise BrokenVersionError(
            f"the scaler must be fitted on one feature, the value; it has {features or 'none'}."
        )
    checked: Scaler = scaler
    return checked


def check_scaler(pickled: bytes) -> None:
    """Refuse what `load_scaler` would refuse for the names in it, without importing any of them.

    Raises BrokenVersionError.
    """
    try:
        _NameChecker(io.BytesIO(pickled)).load()
    except BrokenVersionError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise BrokenVersionError(f"the scaler cannot be unpickled: {error}") from error


class _ScalerUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = _MOVED.get(module, module)
        _allow(module, name)
        return super().find_class(module, name)


class _NameChecker(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        _allow(_MOVED.get(module, module), name)
        return _Anything


class _Anything:
    """Stands in for whatever a pickle names: can be made, called and given a state."""

    def __new__(cls, *_: object) -> Self:
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None: ...


def _allow(module: str, name: str) -> None:
    if (module, name) not in _ALLOWED:
        raise BrokenVersionError(
            f"the scaler's pickle names {module}.{name}, which is not a known scaler; "
            "nothing of it was run."
        )
