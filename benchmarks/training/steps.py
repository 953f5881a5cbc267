"""A step of training, beside neuralforecast's LSTM and GluonTS' DeepAR on the same cores."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from forecasting.errors import ForecastingError
from forecasting.networks.recipe import RECIPES, resolve
from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.series.series import Series
from forecasting.types import Floats
from training.dataset import Dataset
from training.fitting.fit import fit
from training.fitting.split import split

OURS = "the recipe lstm"
Times = dict[str, tuple[float, float]]
"""The milliseconds of a step, by the clock and of the processor, by the name of what trains."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What all train alike."""

    context: int = 36
    horizon: int = 12
    units: int = 32
    batch: int = 32
    steps: int = 300
    skipped: int = 50
    """The first steps, which are not timed, because things are compiled or loaded in them."""


def monthly_series(count: int, length: int = 120) -> Floats:
    """Return simulated series (count, length) with a season of twelve, a trend and noise."""
    rng = np.random.default_rng(0)
    steps = np.arange(length)
    each = (count, 1)
    levels, trends = rng.uniform(50, 500, each), rng.uniform(-0.2, 0.5, each)
    waves = np.sin(2 * np.pi * (steps / 12 + rng.uniform(size=each)))
    values: Floats = levels + trends * steps + rng.uniform(5, 40, each) * waves
    return values + rng.normal(0, 5, (count, length))


def time_steps(shape: Shape, python: Path) -> Times:
    """Train each on the same series, one after the other; `python` is the peers' interpreter.

    Raises ForecastingError if a peer fails.
    """
    values = monthly_series(100)
    return {OURS: _time_ours(values, shape)} | _time_peers(values, shape, python)


def _time_ours(values: Floats, shape: Shape) -> tuple[float, float]:
    import_tensorflow_quietly()
    data = Dataset(
        tuple(Series.from_values(row, id=str(number)) for number, row in enumerate(values))
    )
    own = RECIPES["lstm"].model_copy(
        update={
            "units": (shape.units,),
            "context_length": shape.context,
            "batch_size": shape.batch,
            "test_fraction": 0.1,
            "validation_fraction": 0.1,
        }
    )
    recipe = resolve(own, horizon=shape.horizon, season_length=12)
    parts = split(data, recipe)
    epoch = -(-len(parts.train) // shape.batch)
    skipped = max(-(-shape.skipped // epoch), 1)
    epochs = skipped + max(-(-(shape.steps - shape.skipped) // epoch), 1)
    times: list[tuple[float, float]] = []

    def note(*_: object) -> None:
        times.append((time.perf_counter(), time.process_time()))

    recipe = recipe.model_copy(update={"epochs": epochs, "patience": epochs})
    fit(data, parts, recipe, seed=0, on_epoch=note)
    clock, processor = zip(times[skipped - 1], times[-1], strict=True)
    steps = epoch * (epochs - skipped)
    return (
        (clock[1] - clock[0]) / steps * 1_000,
        (processor[1] - processor[0]) / steps * 1_000,
    )


def _time_peers(values: Floats, shape: Shape, python: Path) -> Times:
    program = Path(__file__).with_name("run_peer_steps.py")
    options = json.dumps({"values": values.round(3).tolist()} | asdict(shape))
    ran = subprocess.run(
        [str(python), "-I", str(program), options], capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise ForecastingError(f"the peers failed:\n{ran.stderr[-2000:]}")
    found: Times = {
        name: (clock, processor)
        for name, (clock, processor) in json.loads(ran.stdout.splitlines()[-1]).items()
    }
    return found
