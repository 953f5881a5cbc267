"""The configuration of a pretraining run: the network's sizes, the corpus, the schedule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from forecasting.errors import RecipeError
from forecasting.networks.signature import Signature
from forecasting.networks.zero_shot import ZeroShotArchitecture

_USUAL_HORIZON = 12


class PretrainConfig(BaseModel):
    """The fields of a configuration; their defaults are the configuration `full`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: ZeroShotArchitecture = ZeroShotArchitecture()
    history_length: int = Field(2048, ge=1, description="How many values a season is measured on.")
    left_out: tuple[str, ...] = Field(
        (), description="Patterns (*, ?) of the unique_ids of series that are not trained on."
    )
    steps: int = Field(35_200, ge=1, description="The number of batches to train on.")
    batch_size: int = Field(512, ge=1)
    block_size: int = Field(8704, ge=1, description="The number of windows that are made at once.")
    real_share: float = Field(
        0.5, ge=0, le=1, description="The share of windows that come from real series."
    )
    passes: int = Field(1, ge=1, description="How often each window is used.")
    learning_rate: float = Field(
        0.002, gt=0, description="The highest rate, reached by a warm-up and left along a cosine."
    )
    warmup_steps: int = Field(500, ge=0)
    weight_decay: float = Field(0.001, ge=0)
    averaging: float = Field(
        0.995, ge=0, lt=1, description="The share of the mean weights that each update keeps."
    )
    seed: int = Field(0, ge=0)
    larger: PretrainConfig | None = Field(
        None,
        description="With which a larger network is trained that is published too, compiled, for "
        "the best effort. Only what does not show in the signature may differ.",
    )

    @field_validator("larger")
    @classmethod
    def _has_no_larger(cls, larger: PretrainConfig | None) -> PretrainConfig | None:
        if larger is not None and larger.larger is not None:
            raise ValueError("larger.larger: a larger network has none that is larger yet")
        return larger

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.block_size < 2 * self.batch_size:
            raise ValueError("block_size must be twice the batch_size, at least")
        if self.larger is not None and self.larger.signature != self.signature:
            raise ValueError("the larger network needs the same inputs and outputs")
        return self

    @property
    def steps_per_block(self) -> int:
        """The number of batches that are taken from each block, in all passes.

        A block may hold a few windows less than planned, because constant ones are left out, so
        one batch less is taken in each pass.
        """
        return self.passes * (self.block_size // self.batch_size - 1)

    @property
    def signature(self) -> Signature:
        """The signature of the network."""
        return Signature(
            context_length=self.network.context_length,
            horizon=self.network.horizon,
            input_lengths=self.network.input_lengths,
            coarseness=self.network.coarseness,
            inputs=("value", "observed", "season", "coarseness", "season_length"),
            quantiles=self.network.quantiles,
            history_length=self.history_length,
            default_horizon=min(_USUAL_HORIZON, self.network.horizon),
            shortest_context=3,
        )


_TERMS_NOT_STATED = (
    "*ambulance_daily*",
    "*nhs_daily*",
    "kpi/*",
    "emergency_hourly/cardiff*",
    "*jetrail*",
    "*bike_share[_/]bayarea*",
    "*bike_share[_/]chicago*",
    "*bike_share[_/]madrid*",
)
"""Series of the training folder of the shipped model whose owners do not say what may be done with
them."""

CONFIGS = {
    "full": PretrainConfig(left_out=_TERMS_NOT_STATED, seed=1),
    "tiny": PretrainConfig(
        network=ZeroShotArchitecture(
            input_lengths=(24, 48),
            coarseness=(1, 4),
            horizon=16,
            units=16,
            depth=1,
            head=16,
            quantiles=(0.1, 0.5, 0.9),
        ),
        history_length=256,
        steps=60,
        batch_size=64,
        block_size=1024,
        passes=1,
        warmup_steps=10,
        averaging=0.8,
    ),
}


def read_config(name: str) -> PretrainConfig:
    """Return the configuration of that name, or read a JSON file with the fields of one.

    Raises RecipeError if it is neither, or if a field is wrong.
    """
    if name in CONFIGS:
        return CONFIGS[name]
    try:
        return PretrainConfig.model_validate(json.loads(Path(name).read_bytes()))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or name
        raise RecipeError(f"{name}: {field}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{name} is neither {' nor '.join(CONFIGS)} nor a readable JSON file: {error}"
        ) from error
