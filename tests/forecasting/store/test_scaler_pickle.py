import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn

from forecasting.errors import BrokenVersionError
from forecasting.networks.scalers import ScalerName, make_scaler
from forecasting.store.scaler_pickle import check_scaler, dump_scaler, load_scaler


class Runs:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("name", ["window", "min_max", "standard", "robust"])
def test_a_scaler_comes_back_as_it_was(name: ScalerName) -> None:
    scaler = make_scaler(name).fit(np.array([[1.0], [2.0], [6.0]]))
    pickled = dump_scaler(scaler)
    check_scaler(pickled)
    again = load_scaler(pickled).fit(np.array([[1.0], [2.0], [6.0]]))
    np.testing.assert_array_equal(
        again.transform(np.array([[3.0], [4.0], [5.0]])),
        scaler.transform(np.array([[3.0], [4.0], [5.0]])),
    )


@pytest.mark.parametrize("name", ["window", "change"])
def test_a_pickle_that_names_the_older_module_of_a_scaler_loads(name: ScalerName) -> None:
    scaler = make_scaler(name).fit(np.array([[1.0], [2.0], [6.0]]))
    pickled = pickle.dumps(scaler, protocol=3)  # it writes names without their lengths
    older = pickled.replace(b"forecasting.networks.scalers", b"forecasting.scalers")
    assert older != pickled
    check_scaler(older)
    assert type(load_scaler(older)) is type(scaler)


@pytest.mark.parametrize("read", [load_scaler, check_scaler])
def test_a_pickle_that_names_os_system_is_refused_and_not_run(read: Any, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    with pytest.raises(BrokenVersionError, match=r"(posix|os|nt)\.system"):
        read(pickle.dumps(Runs(os.system, f"touch {proof}")))
    assert not proof.exists()


@pytest.mark.parametrize("read", [load_scaler, check_scaler])
@pytest.mark.parametrize("named", [Runs(eval, "1"), Runs(getattr, "", "x"), OrderedDict()])
def test_any_other_name_is_refused(read: Any, named: object) -> None:
    with pytest.raises(BrokenVersionError, match="not a known scaler"):
        read(pickle.dumps(named))


@pytest.mark.parametrize("read", [load_scaler, check_scaler])
def test_a_damaged_pickle_is_refused(read: Any) -> None:
    pickled = dump_scaler(make_scaler("min_max").fit(np.array([[1.0], [2.0]])))
    with pytest.raises(BrokenVersionError, match="cannot be unpickled"):
        read(pickled[: len(pickled) // 2])


def test_what_is_no_scaler_is_refused() -> None:
    with pytest.raises(BrokenVersionError, match="not a scaler"):
        load_scaler(pickle.dumps(np.zeros(3)))


def test_a_scaler_of_several_features_is_refused() -> None:
    scaler = make_scaler("min_max").fit(np.array([[1.0, 2.0], [2.0, 3.0]]))
    with pytest.raises(BrokenVersionError, match="one feature"):
        load_scaler(dump_scaler(scaler))


def test_a_scaler_of_another_scikit_learn_is_refused() -> None:
    pickled = dump_scaler(make_scaler("min_max").fit(np.array([[1.0], [2.0]])))
    installed = sklearn.__version__.encode()
    other = b"0." + b"1" * (len(installed) - 2)
    assert installed in pickled
    with pytest.raises(BrokenVersionError, match="version"):
        load_scaler(pickled.replace(installed, other))
