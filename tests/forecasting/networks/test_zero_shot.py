from pathlib import Path

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from forecasting.networks.runtime import OnnxRuntime
from forecasting.networks.zero_shot import (
    ZeroShotArchitecture,
    build_zero_shot_network,
    split_at_summary,
)
from forecasting.store.store import ModelStore
from tests.support.service import ROOT
from training.onnx_export import compile_network

STORE = ModelStore(ROOT / "model_store")
SMALL = ZeroShotArchitecture(
    input_lengths=(24, 32, 64),
    coarseness=(1, 4),
    horizon=9,
    units=4,
    depth=2,
    head=4,
    quantiles=(0.1, 0.5, 0.9),
)


def inputs(length: int, count: int = 3) -> np.ndarray:
    values = np.random.default_rng(length).normal(size=(count, length, 5))
    values[:, :, 1], values[:, :, 3:] = 1, 0
    return values.astype(np.float32)


def test_it_starts_as_a_random_walk() -> None:
    keras.utils.set_random_seed(0)
    forecasts = np.asarray(build_zero_shot_network(SMALL)(inputs(24)))
    growth = np.sqrt(np.arange(1, 10))
    np.testing.assert_allclose(forecasts[0, :, 2] / growth, 1.28, atol=0.1)
    np.testing.assert_allclose(forecasts[0, :, 1] / growth, 0, atol=0.1)


def test_compiled_it_takes_every_length(tmp_path: Path) -> None:
    network = build_zero_shot_network(SMALL)
    path = tmp_path / "model.onnx"
    difference = compile_network(
        network, path, lengths=SMALL.input_lengths, real_inputs=inputs(24, 0)
    )
    assert difference is not None
    assert difference < 1e-5
    compiled = OnnxRuntime(path)
    for length in SMALL.input_lengths:
        batch = inputs(length)
        np.testing.assert_allclose(compiled.run(batch), np.asarray(network(batch)), atol=1e-5)


@pytest.mark.parametrize(
    ("season_length", "factor"), [(1, 1.5), (2, 2.0), (4, 2.5), (8, 1.0), (300, 1.0)]
)
def test_its_spread_is_that_of_the_season_length(season_length: int, factor: float) -> None:
    plain = build_zero_shot_network(SMALL)
    spread = {1: 1.5, 4: 2.5, 8: 1.0}
    network = build_zero_shot_network(SMALL.model_copy(update={"spread": spread}))
    network.set_weights(plain.get_weights())
    batch = inputs(32)
    batch[:, :, 4] = np.log2(season_length) / 8
    before, after = np.asarray(plain(batch)), np.asarray(network(batch))
    median = before[:, :, 1:2]
    np.testing.assert_allclose(after, median + factor * (before - median), rtol=1e-4, atol=1e-5)
    reader, output_layers = split_at_summary(network)
    np.testing.assert_allclose(output_layers(reader(batch)), after, atol=1e-6)


@pytest.mark.parametrize("length", STORE.manifest("zero-shot", 2).signature.spans)
def test_no_digit_of_a_window_depends_on_the_others(length: int) -> None:
    compiled = OnnxRuntime(Path(STORE.location, "zero-shot", "2") / "model.onnx")
    batch = inputs(length, 17)
    together = compiled.run(batch)
    for count in (1, 2, 3, 5):
        assert np.array_equal(compiled.run(batch[:count]), together[:count])


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"input_lengths": (20, 64)}, "patch_length"),
        ({"input_lengths": (16, 48)}, "shortest input"),
        ({"input_lengths": (24, 192), "coarseness": (1, 2, 4, 8, 16)}, "patch_length"),
        ({"input_lengths": ()}, "at least 1"),
        ({"spread": {0: 1.0}}, "greater than or equal to 1"),
        ({"spread": {4: 0.0}}, "greater than 0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ZeroShotArchitecture.model_validate(sizes)
