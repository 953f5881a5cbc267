"""Both runtimes pass the same tests."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from forecasting.errors import BrokenVersionError
from forecasting.networks.recipe import Recipe, resolve
from forecasting.networks.rnn import build_network
from forecasting.networks.runtime import KerasRuntime, OnnxRuntime, Runtime, load_keras
from training.onnx_export import LARGEST_DIFFERENCE, compile_network

Make = Callable[[keras.Model, Path], Runtime]


def network(cell: str = "lstm", loss: str = "pinball") -> keras.Model:
    keras.utils.set_random_seed(3)
    recipe = Recipe.model_validate({"cell": cell, "loss": loss, "units": (5, 3)})
    built = build_network(resolve(recipe, horizon=6, season_length=4))
    rng = np.random.default_rng(3)
    built.set_weights([rng.normal(0, 0.3, w.shape) for w in built.get_weights()])
    return built


def in_keras(model: keras.Model, folder: Path) -> Runtime:
    model.save(folder / "n.keras")
    return KerasRuntime(load_keras(folder / "n.keras"))


def compiled(model: keras.Model, path: Path, **options: float) -> float | None:
    real = np.random.default_rng(1).normal(size=(3, 12, model.input_shape[2]))
    return compile_network(
        model, path, lengths=[12], real_inputs=real.astype(np.float32), **options
    )


def in_onnx(model: keras.Model, folder: Path) -> Runtime:
    difference = compiled(model, folder / "n.onnx")
    assert difference is not None
    assert difference <= LARGEST_DIFFERENCE
    return OnnxRuntime(folder / "n.onnx")


@pytest.mark.parametrize("make", [in_keras, in_onnx])
@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
@pytest.mark.parametrize("loss", ["pinball", "mse"])
def test_a_runtime_answers_what_the_network_does(
    make: Make, cell: str, loss: str, tmp_path: Path
) -> None:
    model = network(cell, loss)
    runtime = make(model, tmp_path)
    for windows, steps in ((1, 12), (7, 12), (2, 30)):
        inputs = np.random.default_rng(0).normal(size=(windows, steps, 2)).astype(np.float32)
        expected = np.asarray(model(inputs))
        np.testing.assert_allclose(runtime.run(inputs), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", [in_keras, in_onnx])
def test_a_batch_is_each_window_alone(make: Make, tmp_path: Path) -> None:
    runtime = make(network(), tmp_path)
    inputs = np.random.default_rng(0).normal(size=(9, 12, 2)).astype(np.float32)
    together = runtime.run(inputs)
    alone = np.concatenate([runtime.run(inputs[n : n + 1]) for n in range(9)])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_keras_traces_once_whatever_the_lengths(tmp_path: Path) -> None:
    runtime = in_keras(network(), tmp_path)
    assert isinstance(runtime, KerasRuntime)
    for windows in range(1, 6):
        for steps in range(8, 12):
            runtime.run(np.zeros((windows, steps, 2), np.float32))
    assert runtime.traces == 1


@pytest.mark.parametrize(("name", "load"), [("n.keras", load_keras), ("n.onnx", OnnxRuntime)])
def test_a_damaged_file_is_refused(
    name: str, load: Callable[[Path], object], tmp_path: Path
) -> None:
    model = network()
    in_keras(model, tmp_path)
    in_onnx(model, tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(BrokenVersionError, match="cannot be loaded"):
        load(path)


def test_without_keras_a_network_that_needs_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(BrokenVersionError, match=r"n\.keras needs Keras"):
        load_keras(tmp_path / "n.keras")


def test_a_compiled_network_that_differs_too_much_is_not_kept(tmp_path: Path) -> None:
    difference = compiled(network(), tmp_path / "n.onnx", largest_difference=1e-12)
    assert difference is not None
    assert difference > 1e-12
    assert not (tmp_path / "n.onnx").exists()


def test_a_network_that_cannot_be_compiled_is_left_to_keras(tmp_path: Path) -> None:
    inputs = keras.Input((None, 1))
    noisy = keras.layers.GaussianNoise(1.0)(keras.layers.LSTM(2)(inputs), training=True)
    model = keras.Model(inputs, keras.layers.Dense(3)(noisy))
    assert compiled(model, tmp_path / "n.onnx") is None
    assert not (tmp_path / "n.onnx").exists()


def test_threads_that_import_keras_at_once_leave_the_error_output_and_other_imports_alone() -> None:
    script = (
        "import sys\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from forecasting.networks.runtime import import_tensorflow_quietly\n"
        "with ThreadPoolExecutor(2) as pool:\n"
        "    for imported in [pool.submit(import_tensorflow_quietly) for _ in range(2)]:\n"
        "        imported.result()\n"
        "assert 'sklearn' not in sys.modules\n"
        "import sklearn\n"
        "print('still heard', file=sys.stderr)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], stderr=subprocess.PIPE, check=True)
    assert run.stderr.decode().endswith("still heard\n")
