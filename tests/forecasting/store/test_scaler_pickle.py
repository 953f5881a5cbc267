import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from forecasting.errors import BrokenVersionError
from forecasting.networks.scalers import Scaler, ScalerName, make_scaler
from forecasting.store.scaler_pickle import check_scaler, dump_scaler, load_scaler


class Runs:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


COLUMN = np.array([[1.0], [2.0], [6.0]])
OTHERS = np.array([[np.nan], [-5.0], [70.0]])


def test_a_scaler_comes_back_as_it_was() -> None:
    pickled = dump_scaler(make_scaler("window").fit(COLUMN))
    check_scaler(pickled)
    assert_same_scale(load_scaler(pickled).fit(COLUMN), make_scaler("window").fit(COLUMN))


@pytest.mark.parametrize(
    "scaler",
    [
        MinMaxScaler(),
        MinMaxScaler((-1, 3), clip=True),
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        RobustScaler(),
        RobustScaler(with_centering=False, unit_variance=True),
        RobustScaler(with_scaling=False),
    ],
    ids=str,
)
def test_a_scaler_of_scikit_learn_scales_as_there(scaler: Any) -> None:
    pickled = dump_scaler(scaler.fit(COLUMN))
    check_scaler(pickled)
    loaded = load_scaler(pickled)
    assert_same_scale(loaded, scaler)
    assert_same_scale(load_scaler(dump_scaler(loaded)), scaler)


def assert_same_scale(loaded: Scaler, scaler: Scaler) -> None:
    for name in ("transform", "inverse_transform"):
        same = getattr(scaler, name)(OTHERS)
        np.testing.assert_allclose(getattr(loaded, name)(OTHERS), same, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("wrong", [{"scale_": np.zeros(1)}, {"scale_": "one"}, {"mean_": np.nan}])
def test_a_scaler_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    scaler = StandardScaler().fit(COLUMN)
    vars(scaler).update(wrong)
    with pytest.raises(BrokenVersionError, match="scaler"):
        load_scaler(dump_scaler(scaler))


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


def test_a_scaler_of_another_scikit_learn_is_read() -> None:
    scaler = make_scaler("min_max").fit(COLUMN)
    installed = sklearn.__version__.encode()
    pickled = dump_scaler(scaler)
    assert installed in pickled
    other = pickled.replace(installed, b"0." + b"1" * (len(installed) - 2))
    assert_same_scale(load_scaler(other), scaler)


def test_a_scaler_that_was_not_fitted_is_refused() -> None:
    with pytest.raises(BrokenVersionError, match="one feature"):
        load_scaler(dump_scaler(make_scaler("standard")))
