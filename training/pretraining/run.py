"""A pretraining run, from folders of data to a published version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forecasting.networks.runtime import import_tensorflow_quietly
from forecasting.networks.scalers import ChangeScaler
from forecasting.networks.zero_shot import build_zero_shot_network
from forecasting.store.manifest import DataSummary, Manifest, PromotePolicy
from forecasting.store.store import ModelStore
from training.fitting.fit import FittedNetwork
from training.pretraining.checkpoint import RunFolder
from training.pretraining.config import PretrainConfig
from training.pretraining.corpus import Block
from training.pretraining.loop import pretrain, validation_block
from training.pretraining.public_sets import read_public_sets, relative_scores, score_sets
from training.pretraining.real import Source, hold_out, read_sources
from training.pretraining.spread import draw_windows, measure_spread
from training.progress import Progress
from training.promotion import decide_without_scores
from training.publish import Provenance, publish


@dataclass(frozen=True, slots=True)
class PretrainRequest:
    """What a pretraining run is asked to do."""

    data: Path
    """The folder of series to train on."""
    folder: Path
    """The folder for checkpoints, and for `scores.jsonl` with the scores at each of them. Those of
    a larger network are in its folder `larger`."""
    model: str
    config: PretrainConfig
    scored_on: Path | None = None
    """The folder of public sets to score on; None if nothing is scored."""
    promote: PromotePolicy = PromotePolicy.IF_BETTER


def run_pretrain(request: PretrainRequest, store: ModelStore, progress: Progress) -> Manifest:
    """Train, from the newest checkpoint if there is one, and publish the version.

    Unless the configuration has a spread of the network, it is measured once all is trained, and is
    in the recipe that the manifest has. Raises ForecastingError, before anything is published,
    if the data or the configuration are at fault.
    """
    store.check_can_publish()
    sources = read_sources(request.data, request.config.left_out)
    _, held_out = hold_out(sources)
    sets = [] if request.scored_on is None else read_public_sets(request.scored_on)
    import_tensorflow_quietly()

    def train(config: PretrainConfig, folder: Path) -> Any:
        def log_scores(steps: int, trained: Any) -> None:
            if sets:
                fitted = FittedNetwork(trained, ChangeScaler(), config.signature)
                mase, wql = relative_scores(score_sets(fitted.forecaster, sets))
                with (folder / "scores.jsonl").open("a") as log:
                    print(json.dumps({"steps": steps, "mase": mase, "wql": wql}), file=log)

        return pretrain(
            config,
            sources,
            RunFolder(folder, config),
            on_block=lambda steps, loss, validation_loss: progress.epoch(
                steps, config.steps, loss, validation_loss
            ),
            on_checkpoint=log_scores,
        )

    @cache
    def windows() -> Block:
        return draw_windows(request.config, held_out)

    def widen(config: PretrainConfig, trained: Any) -> tuple[PretrainConfig, Any]:
        spread = config.network.spread or measure_spread(trained, config, windows())
        sizes = config.network.model_copy(update={"spread": spread})
        network = build_zero_shot_network(sizes)
        network.set_weights(trained.get_weights())
        return config.model_copy(update={"network": sizes}), network

    config, larger = request.config, None
    trained = train(config, request.folder)
    if config.larger is not None:
        larger = train(config.larger, request.folder / "larger")
    config, network = widen(config, trained)
    if config.larger is not None:
        larger_config, larger = widen(config.larger, larger)
        config = config.model_copy(update={"larger": larger_config})
    fitted = FittedNetwork(network, ChangeScaler(), config.signature, larger=larger)
    manifest = publish(
        store,
        request.model,
        fitted,
        real_inputs=validation_block(config, held_out).inputs,
        decide=lambda: decide_without_scores(store, request.model, request.promote),
        provenance=Provenance(recipe=config, seed=config.seed, data=_summary(sources)),
        public_scores=score_sets(fitted.forecaster, sets) or None,
    )
    progress.published(manifest)
    return manifest


def _summary(sources: list[Source]) -> DataSummary:
    digest = hashlib.sha256()
    series = [values for source in sources for values, _ in source.series]
    for values in series:
        digest.update(values.tobytes())
    return DataSummary(
        series=len(series),
        observations=sum(values.size for values in series),
        start=None,
        end=None,
        frequency=None,
        digest=digest.hexdigest(),
    )
