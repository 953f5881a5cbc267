"""Tiny recipes and data, enough for real networks that train in a second."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from app.predict.examples import PASSENGERS
from forecasting.jobs.fit_options import FitOptions
from forecasting.networks.recipe import RECIPES, Recipe
from forecasting.networks.scalers import ChangeScaler
from forecasting.networks.zero_shot import build_zero_shot_network
from forecasting.store.draft import publishing
from forecasting.store.lifecycle import set_alias
from forecasting.store.manifest import Manifest, PromotePolicy, manifest_in
from forecasting.store.store import ModelStore
from training.dataset import read_dataset
from training.fitting.fit import FittedNetwork
from training.pipeline import run_fit
from training.pretraining.config import CONFIGS
from training.progress import JsonLines
from training.promotion import decide_without_scores
from training.publish import Provenance, publish

__all__ = [
    "PASSENGERS",
    "TINY",
    "publish_copy",
    "publish_like",
    "publish_mean",
    "publish_quantiles",
    "publish_untrained_zero_shot",
    "write_long",
]

TINY = Recipe(
    units=(4,), context_length=12, horizon=4, epochs=2, patience=1, season_length=4, batch_size=16
)


def write_long(path: Path, values: list[float | None]) -> Path:
    """Write monthly values from January 1949 on as a CSV file in the long format."""
    dates = [f"{1949 + n // 12}-{n % 12 + 1:02}-01" for n in range(len(values))]
    rows = (f"{ds},{'' if y is None else y}" for ds, y in zip(dates, values, strict=True))
    path.write_text("\n".join(["ds,y", *rows]) + "\n")
    return path


def publish_quantiles(store: ModelStore, model: str, folder: Path, seed: int = 0) -> Manifest:
    """Train and publish a tiny version with quantiles and horizon 4."""
    file = write_long(folder / "passengers.csv", [*PASSENGERS])
    options = FitOptions(model=model, recipe=TINY, seed=seed, promote=PromotePolicy.ALWAYS)
    return run_fit(options, read_dataset(file), store, JsonLines())


def publish_mean(store: ModelStore, model: str, folder: Path) -> Manifest:
    """Train and publish a tiny version with a single forecast of one step."""
    file = write_long(folder / "passengers.csv", [*PASSENGERS])
    recipe = RECIPES["simple-rnn"].model_copy(update={"epochs": 2, "units": (4,)})
    options = FitOptions(model=model, recipe=recipe)
    return run_fit(options, read_dataset(file), store, JsonLines())


def publish_untrained_zero_shot(store: ModelStore, model: str) -> Manifest:
    """Publish a network for any series, and a larger one, which have learned nothing.

    It forecasts seasons all the same, because they are taken out before it and put back after it.
    """
    import keras

    config = CONFIGS["tiny"]
    keras.utils.set_random_seed(0)
    network = build_zero_shot_network(config.network)
    larger = build_zero_shot_network(config.network.model_copy(update={"units": 24}))
    fitted = FittedNetwork(network, ChangeScaler(), config.signature, larger=larger)
    inputs = np.zeros((1, config.network.context_length, config.signature.channels), np.float32)
    return publish(
        store,
        model,
        fitted,
        real_inputs=inputs,
        decide=lambda: decide_without_scores(store, model, PromotePolicy.ALWAYS),
        provenance=Provenance(recipe=config, seed=0),
    )


def publish_copy(store: ModelStore, model: str, *, of: Path, **changes: Any) -> Manifest:
    """Publish the files of a version's folder as the next version of `model`, without a fit."""
    template = manifest_in(of)
    fields = template.model_dump() | {"model": model, "promotion": None} | changes
    with publishing(store, model) as draft:
        for name in template.files:
            shutil.copy(of / name, draft.folder)
        return draft.publish(
            lambda version, files: Manifest.model_validate(
                fields | {"version": version, "files": files}
            )
        )


def publish_like(store: ModelStore, model: str, *, of: Path) -> None:
    """Publish copies of a model's versions 1 and 2; version 2 is in production, 1 was before."""
    for version in (1, 2):
        publish_copy(store, model, of=of / str(version))
        set_alias(store, model, "production", version, by="cli")
