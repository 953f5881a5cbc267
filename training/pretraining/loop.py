"""The training loop of a pretraining run. Keras is imported when the loop starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np

from forecasting.networks.zero_shot import build_zero_shot_network
from training.pretraining.checkpoint import RunFolder
from training.pretraining.config import PretrainConfig
from training.pretraining.corpus import Block, make_block
from training.pretraining.real import Source, hold_out

_AVERAGE_EVERY = 4
"""The number of steps between two updates of the mean weights."""
_LARGEST_LOSS = 20.0
"""The loss of a window is capped at this, so that a few extreme ones do not steer the training."""
_VALIDATION_WINDOWS = 2048
_CHECKPOINT_SECONDS = 120.0
"""The time between two checkpoints."""

OnBlock = Callable[[int, float, float], None]
"""Is called after each block with the number of steps so far, the training loss, and the validation
loss of the mean weights."""
OnCheckpoint = Callable[[int, Any], None]
"""Is called after each checkpoint with the number of steps so far and the network with the mean
weights."""


def pretrain(
    config: PretrainConfig,
    sources: list[Source],
    folder: RunFolder,
    *,
    on_block: OnBlock,
    on_checkpoint: OnCheckpoint,
) -> Any:
    """Train, from the newest checkpoint in `folder` if there is one.

    Returns the network with the mean weights. The mean is exponential, over the weights of every
    fourth step (Polyak and Juditsky, 1992).
    """
    import keras

    keras.utils.set_random_seed(config.seed)
    network = build_zero_shot_network(config.network)
    average = keras.models.clone_model(network)
    average.set_weights(network.get_weights())
    network.compile(optimizer=_optimizer(config), loss=weighted_pinball(config), jit_compile=True)
    average.compile(loss=weighted_pinball(config), jit_compile=False)
    step = folder.restore(network, average)
    training, held_out = hold_out(sources)
    validation = _packed(validation_block(config, held_out))
    saved_at = time.monotonic()
    for number, block in _blocks(config, training, step // config.steps_per_block):
        network.reset_metrics()
        loss = 0.0
        for batch in _passes(block, config, number):
            loss = float(network.train_on_batch(*_packed(batch)))
            step += 1
            if step % _AVERAGE_EVERY == 0:
                kept = min(config.averaging, (step + 1) / (step + 40))
                _update_average(average, network, kept)
        on_block(step, loss, float(average.evaluate(*validation, batch_size=256, verbose=0)))
        if step >= config.steps or time.monotonic() - saved_at > _CHECKPOINT_SECONDS:
            folder.save(network, average, step)
            saved_at = time.monotonic()
            on_checkpoint(step, average)
    return average


def weighted_pinball(config: PretrainConfig) -> Any:
    """Return the loss that the network is trained with.

    It is the pinball loss (Koenker and Bassett, 1978, equation 3.1), averaged over the quantiles
    and then over the known steps with the weights 1 ÷ (1 + step ÷ 12), and multiplied by the
    weight of the window, as MASE divides by its scale.

    The loss takes targets (batch, horizon + 1), in which unknown values are NaN and the last
    column is the weight, and forecasts (batch, horizon, quantiles).
    """
    from keras import ops

    steps = (1 / (1 + np.arange(config.network.horizon) / 12)).astype(np.float32)
    quantiles = np.array(config.network.quantiles, np.float32)

    def loss(packed: Any, forecasts: Any) -> Any:
        targets, weights = packed[:, :-1], packed[:, -1]
        known = ops.isfinite(targets)
        errors = ops.where(known, targets, 0.0)[:, :, None] - forecasts
        pinball = ops.mean(ops.maximum(quantiles * errors, (quantiles - 1) * errors), axis=-1)
        counted = ops.cast(known, pinball.dtype) * steps
        mean = ops.sum(pinball * counted, axis=1) / (ops.sum(counted, axis=1) + 1e-6)
        return ops.minimum(mean * weights, _LARGEST_LOSS)

    return loss


def _optimizer(config: PretrainConfig) -> Any:
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 100,
        decay_steps=max(config.steps - config.warmup_steps, 1),
        alpha=0.02,
        warmup_target=config.learning_rate,
        warmup_steps=config.warmup_steps,
    )
    return keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay, global_clipnorm=1.0)


def _update_average(average: Any, network: Any, kept: float) -> None:
    """Move the mean weights towards those of the network; `kept` is the share that stays."""
    average.set_weights(
        [
            kept * mean + (1 - kept) * weights
            for mean, weights in zip(average.get_weights(), network.get_weights(), strict=True)
        ]
    )


def _blocks(
    config: PretrainConfig, sources: list[Source], first: int
) -> Iterator[tuple[int, Block]]:
    """Yield the blocks from number `first` on; each is made while the previous one is used."""

    def block(number: int) -> Block:
        rng = np.random.default_rng([config.seed, number])
        return make_block(sources, config.signature, config.block_size, config.real_share, rng)

    last = -(-config.steps // config.steps_per_block)
    with ThreadPoolExecutor(1) as maker:
        upcoming = maker.submit(block, first)
        for number in range(first, last):
            current = upcoming.result()
            if number + 1 < last:
                upcoming = maker.submit(block, number + 1)
            yield number, current


def _passes(block: Block, config: PretrainConfig, number: int) -> Iterator[Block]:
    """Yield the batches of a block, in another order in each pass."""
    rng = np.random.default_rng([config.seed, number, 1])
    for _ in range(config.passes):
        batches = block.batches(config.batch_size, config.signature, rng)
        yield from islice(batches, config.steps_per_block // config.passes)


def validation_block(config: PretrainConfig, held_out: list[Source]) -> Block:
    """Make windows of series that are held out of the training, and simulated ones."""
    rng = np.random.default_rng([config.seed, 2**32])
    return make_block(held_out, config.signature, _VALIDATION_WINDOWS, config.real_share, rng)


def _packed(block: Block) -> tuple[Any, Any]:
    """Return the inputs and, as one array, the targets with the weights in the last column."""
    return block.inputs, np.concatenate([block.targets, block.weights[:, None]], axis=1)
