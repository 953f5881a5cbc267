"""The command line: fit, run, import, list, show."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forecasting.errors import ForecastingError, RecipeError
from forecasting.job import JobFolder
from forecasting.manifest import MODEL_NAME
from forecasting.recipe import Recipe, parse_recipe
from forecasting.store import ModelStore

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Make model versions and look at them. Nothing is published unless all of it succeeds.",
)

Store = Annotated[
    Path,
    typer.Option("--store", envvar="FORECAST_MODEL_STORE", help="The model store, a folder."),
]
Model = Annotated[str, typer.Option("--model", help="Name of the model to add a version to.")]
_STORE = Path("model_store")


class ProgressStyle(StrEnum):
    BAR = "bar"
    JSON = "json"


@cli.command()
def fit(
    file: Annotated[
        Path,
        typer.Argument(help="CSV or Parquet in the long format: unique_id, ds, y."),
    ],
    model: Model,
    recipe: Annotated[
        str,
        typer.Option(
            help="lstm, gru, simple-rnn, or a JSON file with the fields of a recipe.",
        ),
    ] = "lstm",
    horizon: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Steps to forecast; default: the recipe's."),
    ] = None,
    frequency: Annotated[
        str | None,
        typer.Option(help="pandas alias such as MS, D, h; default: read from the dates."),
    ] = None,
    season_length: Annotated[
        int | None,
        typer.Option(min=1, help="Steps a season; default: the recipe's, else by the frequency."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the held-out tail into this file (.png, .svg, .pdf)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same machine: same version.")] = 0,
    store: Store = _STORE,
    progress: Annotated[
        ProgressStyle, typer.Option(help="A live bar, or JSON lines for programs.")
    ] = ProgressStyle.BAR,
) -> None:
    """Fit a recipe to the series in FILE and publish the version.

    The end of every series is held out: the version is scored there, beside seasonal naive, on
    data that the fit never saw.

    Example: python -m training fit sales.csv --model sales --horizon 12 --plot sales.png
    """
    from training.progress import make_progress
    from training.run import FitRequest, run_fit

    with make_progress(progress.value) as shown:
        try:
            run_fit(
                FitRequest(
                    file=file,
                    model=_model_name(model),
                    recipe=_recipe(recipe),
                    horizon=horizon,
                    frequency=frequency,
                    season_length=season_length,
                    plot=plot,
                    seed=seed,
                ),
                ModelStore(store),
                shown,
            )
        except ForecastingError as error:
            shown.failed(error)
            raise typer.Exit(2) from error


@cli.command(hidden=True)
def run(
    folder: Annotated[Path, typer.Argument(help="The job's folder.")],
    attempt: Annotated[str, typer.Option(help="The attempt's id, which must still be current.")],
    parent: Annotated[
        int | None,
        typer.Option(
            help="The process that started this one, to end with it, in a process group of its own."
        ),
    ] = None,
) -> None:
    """Run a training job of the service: goes on from its checkpoint, reports JSON lines."""
    from forecasting.lifeline import end_with_parent
    from training.job import run_job

    if parent is not None:
        end_with_parent(parent)
        os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not run_job(JobFolder(folder), attempt):
        raise typer.Exit(2)


@cli.command("import")
def import_(
    network: Annotated[Path, typer.Argument(help="The network: a .keras file.")],
    scaler: Annotated[Path, typer.Argument(help="Its scikit-learn scaler: a pickle.")],
    model: Model,
    quantiles: Annotated[
        str | None,
        typer.Option(help='What the last axis of the output means, such as "0.1,0.5,0.9".'),
    ] = None,
    context_length: Annotated[
        int | None,
        typer.Option(min=1, help="Steps that the network sees, where its input says None."),
    ] = None,
    season_length: Annotated[int, typer.Option(min=1, help="Steps a season.")] = 1,
    store: Store = _STORE,
) -> None:
    """Publish a network and a scaler made elsewhere, in a notebook say.

    The network takes (batch, time, 1) and gives (batch, horizon) or (batch, horizon, quantiles),
    both scaled by the scaler: MinMaxScaler, StandardScaler or RobustScaler, fitted on one column.
    """
    from training.importing import import_network, trial_inputs
    from training.publish import publish
    from training.report import describe

    with _clear_errors():
        fitted = import_network(
            network,
            scaler,
            quantiles=None if quantiles is None else _quantiles(quantiles),
            context_length=context_length,
            season_length=season_length,
        )
        published = publish(
            ModelStore(store), _model_name(model), fitted, real_inputs=trial_inputs(fitted)
        )
        print(describe(published))


@cli.command("list")
def list_(store: Store = _STORE) -> None:
    """List the models and their versions."""
    from training.report import list_line

    versions = ModelStore(store)
    for model in versions.models():
        for version in versions.versions(model):
            print(list_line(versions, model, version))


@cli.command()
def show(
    model: Annotated[str, typer.Argument(help="Name of the model.")],
    version: Annotated[int | None, typer.Argument(help="Default: the newest.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The manifest as it stands.")] = False,
    store: Store = _STORE,
) -> None:
    """Show a version: what it is and how it scored."""
    from training.report import describe

    with _clear_errors():
        versions = ModelStore(store)
        manifest = versions.manifest(model, version or max(versions.versions(model), default=1))
        print(manifest.model_dump_json(indent=2) if as_json else describe(manifest))


@contextmanager
def _clear_errors() -> Iterator[None]:
    """One line on standard error and exit code 2 for what the caller can mend."""
    try:
        yield
    except ForecastingError as error:
        print(f"error: {error.message}", file=sys.stderr)
        raise typer.Exit(2) from error


def _model_name(name: str) -> str:
    if not re.match(MODEL_NAME, name):
        raise typer.BadParameter(
            f"{name!r}: use lower case letters, digits, '-', '_' and '.', 64 at most.",
            param_hint="--model",
        )
    return name


def _recipe(given: str) -> Recipe:
    if not given.endswith(".json"):
        return parse_recipe(given)
    try:
        return parse_recipe(json.loads(Path(given).read_bytes()))
    except (OSError, ValueError) as error:
        raise RecipeError(f"{given} cannot be read as JSON: {error}") from error


def _quantiles(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no list of numbers.", param_hint="--quantiles"
        ) from error
