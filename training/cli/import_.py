"""The command import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasting.store.manifest import PromotePolicy
from training.cli.options import (
    DEFAULT_STORE,
    NewVersionOf,
    Promote,
    Store,
    check_model_name,
    report_errors,
)
from training.model_store import open_store


def import_(
    network: Annotated[Path, typer.Argument(help="The network, a .keras file.")],
    scaler: Annotated[Path, typer.Argument(help="Its scikit-learn scaler, a pickle.")],
    model: NewVersionOf,
    quantiles: Annotated[
        str | None,
        typer.Option(
            help='The quantiles on the last axis of the output, such as "0.1,0.5,0.9". Leave it '
            "out if the output has no such axis."
        ),
    ] = None,
    context_length: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many steps the network was trained on. It is needed only if the network's "
            "input has no fixed length.",
        ),
    ] = None,
    season_length: Annotated[
        int, typer.Option(min=1, help="Number of steps in a season; 1 means no season.")
    ] = 1,
    promote: Promote = PromotePolicy.IF_BETTER,
    store: Store = DEFAULT_STORE,
) -> None:
    """Publish a network and a scaler made elsewhere, in a notebook say.

    The network takes (batch, time, 1) and gives (batch, horizon) or (batch, horizon, quantiles),
    both scaled by the scaler. The scaler is a MinMaxScaler, StandardScaler or RobustScaler that was
    fitted on one column.

    The version has no scores. Unless it is the model's first one, it takes the alias production
    only with --promote always.
    """
    from training.importer import import_network, trial_inputs
    from training.promotion import decide_without_scores
    from training.publish import Provenance, publish
    from training.report import describe

    with report_errors():
        fitted = import_network(
            network,
            scaler,
            quantiles=None if quantiles is None else _parse_quantiles(quantiles),
            context_length=context_length,
            season_length=season_length,
        )
        model_store, name = open_store(store), check_model_name(model)
        published = publish(
            model_store,
            name,
            fitted,
            provenance=Provenance(),
            real_inputs=trial_inputs(fitted),
            decide=lambda: decide_without_scores(model_store, name, promote),
        )
        print(describe(published))


def _parse_quantiles(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not a list of numbers with commas between them.",
            param_hint="--quantiles",
        ) from error
