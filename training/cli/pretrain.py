"""The command pretrain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasting.store.manifest import PromotePolicy
from training.cli.options import (
    DEFAULT_STORE,
    NewVersionOf,
    ProgressStyle,
    Promote,
    ShowProgress,
    Store,
    check_model_name,
    report_progress,
)
from training.model_store import open_store


def pretrain(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder of Parquet files to train on, with the columns unique_id, season_length, "
            "y."
        ),
    ],
    run: Annotated[
        Path,
        typer.Option(
            help="Folder for checkpoints. A run that has begun in this folder is continued."
        ),
    ],
    model: NewVersionOf = "zero-shot",
    config: Annotated[
        str, typer.Option(help="full, tiny, or a JSON file with the fields of a configuration.")
    ] = "full",
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of batches to train on. The default is the configuration's."
        ),
    ] = None,
    scored_on: Annotated[
        Path | None,
        typer.Option(help="Folder of public sets to score on. They are not trained on."),
    ] = None,
    promote: Promote = PromotePolicy.IF_BETTER,
    store: Store = DEFAULT_STORE,
    progress: ShowProgress = ProgressStyle.BAR,
) -> None:
    """Train one network on many series, real and simulated, to forecast any series.

    You may stop it at any time: the same command continues from its last checkpoint.

    The version has no held-out tail on which it could be compared. Unless it is the model's first
    one, it takes the alias production only with --promote always.

    Example: python -m training pretrain --data data/train --run runs/zero-shot
    """
    from training.pretraining.config import read_config
    from training.pretraining.run import PretrainRequest, run_pretrain

    with report_progress(progress, unit="step") as shown:
        configuration = read_config(config)
        if steps is not None:
            configuration = configuration.model_copy(update={"steps": steps})
        run_pretrain(
            PretrainRequest(
                data=data,
                folder=run,
                model=check_model_name(model),
                config=configuration,
                scored_on=scored_on,
                promote=promote,
            ),
            open_store(store),
            shown,
        )
