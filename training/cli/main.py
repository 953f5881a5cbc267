"""The command line: fit, run, pretrain, import, list, show.

alias, rollback, delete and prune are in manage.py.
"""

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
from typing import TYPE_CHECKING, Annotated

import typer

from forecasting.errors import ForecastingError, RecipeError
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.job_folder import JobFolder
from forecasting.networks.recipe import Recipe, choose_recipe
from forecasting.store.manifest import MODEL_NAME, PromotePolicy
from forecasting.store.store import ModelStore
from training.cli import manage
from training.cli.options import DEFAULT_STORE, Store, clear_errors

if TYPE_CHECKING:
    from training.progress import Progress

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Make model versions, look at them, and say which are served. Nothing is published unless "
    "all of it succeeds.",
)
cli.add_typer(manage.alias, name="alias")
cli.command()(manage.rollback)
cli.command()(manage.delete)
cli.command()(manage.prune)

Model = Annotated[str, typer.Option("--model", help="Name of the model to add a version to.")]
Promote = Annotated[
    PromotePolicy,
    typer.Option(help="Whether the version takes the alias production: by its scores, or not."),
]
Keep = Annotated[
    int,
    typer.Option(
        min=0,
        envvar="FORECAST_KEEP_VERSIONS",
        help="Newest versions that are kept, besides those in use; 0 keeps all.",
    ),
]


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
        str | None,
        typer.Option(
            help="lstm (the default), gru, simple-rnn, fine-tune, or a JSON file with the fields "
            "of a recipe.",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="Version to go on training, such as zero-shot or sales/3, in place of a recipe."
        ),
    ] = None,
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
    promote: Promote = PromotePolicy.IF_BETTER,
    keep: Keep = 0,
    store: Store = DEFAULT_STORE,
    progress: Annotated[
        ProgressStyle, typer.Option(help="A live bar, or JSON lines for programs.")
    ] = ProgressStyle.BAR,
) -> None:
    """Fit a recipe to the series in FILE and publish the version.

    The end of every series is held out: the version is scored there, on data that the fit never
    saw, beside seasonal naive and the version that is in production. It takes the alias production
    if it does better.

    Example: python -m training fit sales.csv --model sales --horizon 12 --plot sales.png
    """
    from training.dataset import read_dataset
    from training.pipeline import run_fit

    with _shown(progress, counted="epoch") as shown:
        options = FitOptions(
            model=_model_name(model),
            recipe=_recipe(recipe, base),
            horizon=horizon,
            season_length=season_length,
            seed=seed,
            promote=promote,
            keep=keep,
        )
        run_fit(options, read_dataset(file, frequency), ModelStore(store), shown, plot=plot)


@cli.command()
def pretrain(
    data: Annotated[
        Path,
        typer.Option(help="Folder of Parquet files to train on: unique_id, season_length, y."),
    ],
    run: Annotated[Path, typer.Option(help="Folder for checkpoints; a run begun there goes on.")],
    model: Model = "zero-shot",
    config: Annotated[
        str, typer.Option(help="full, tiny, or a JSON file with the fields of a configuration.")
    ] = "full",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Batches in all; default: the configuration's.")
    ] = None,
    scored_on: Annotated[
        Path | None,
        typer.Option(help="Folder of public sets to score on; nothing is trained on them."),
    ] = None,
    promote: Promote = PromotePolicy.IF_BETTER,
    store: Store = DEFAULT_STORE,
    progress: Annotated[
        ProgressStyle, typer.Option(help="A live bar, or JSON lines for programs.")
    ] = ProgressStyle.BAR,
) -> None:
    """Train one network on many series, real and simulated, to forecast any series.

    Stop it at any time: the same command goes on from its last checkpoint. It has no held-out tail
    to compare on: unless it is the model's first version, it takes the alias production only with
    --promote always.

    Example: python -m training pretrain --data data/train --run runs/zero-shot
    """
    from training.pretraining.config import read_config
    from training.pretraining.run import PretrainRequest, run_pretrain

    with _shown(progress, counted="step") as shown:
        asked = read_config(config)
        run_pretrain(
            PretrainRequest(
                data=data,
                folder=run,
                model=_model_name(model),
                config=asked if steps is None else asked.model_copy(update={"steps": steps}),
                scored_on=scored_on,
                promote=promote,
            ),
            ModelStore(store),
            shown,
        )


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
    """Run a job of the service: goes on from where it stands, reports JSON lines."""
    from forecasting.jobs.parent_process import end_with_parent
    from training.worker import run_job

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
    promote: Promote = PromotePolicy.IF_BETTER,
    store: Store = DEFAULT_STORE,
) -> None:
    """Publish a network and a scaler made elsewhere, in a notebook say.

    The network takes (batch, time, 1) and gives (batch, horizon) or (batch, horizon, quantiles),
    both scaled by the scaler: MinMaxScaler, StandardScaler or RobustScaler, fitted on one column.
    It has no scores: unless it is the model's first version, it takes the alias production only
    with --promote always.
    """
    from training.importer import import_network, trial_inputs
    from training.promotion import decide_without_scores
    from training.publish import Provenance, publish
    from training.report import describe

    with clear_errors():
        fitted = import_network(
            network,
            scaler,
            quantiles=None if quantiles is None else _quantiles(quantiles),
            context_length=context_length,
            season_length=season_length,
        )
        versions, name = ModelStore(store), _model_name(model)
        published = publish(
            versions,
            name,
            fitted,
            provenance=Provenance(),
            real_inputs=trial_inputs(fitted),
            decide=lambda: decide_without_scores(versions, name, promote),
        )
        print(describe(published))


@cli.command("list")
def list_(store: Store = DEFAULT_STORE) -> None:
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
    store: Store = DEFAULT_STORE,
) -> None:
    """Show a version: what it is and how it scored."""
    from training.report import describe

    with clear_errors():
        versions = ModelStore(store)
        manifest = versions.manifest(model, version or max(versions.versions(model), default=1))
        print(manifest.model_dump_json(indent=2) if as_json else describe(manifest))


@contextmanager
def _shown(style: ProgressStyle, *, counted: str) -> Iterator[Progress]:
    """Shows how it goes, and an error; the process ends with 2 then."""
    from training.progress import show_progress

    with show_progress(style.value, counted) as shown:
        try:
            yield shown
        except ForecastingError as error:
            shown.failed(error)
            raise typer.Exit(2) from error


def _model_name(name: str) -> str:
    if not re.match(MODEL_NAME, name):
        raise typer.BadParameter(
            f"{name!r}: use lower case letters, digits, '-', '_' and '.', 64 at most.",
            param_hint="--model",
        )
    return name


def _recipe(given: str | None, base: str | None) -> Recipe:
    if given is None or not given.endswith(".json"):
        return choose_recipe(given, base)
    try:
        return choose_recipe(json.loads(Path(given).read_bytes()), base)
    except (OSError, ValueError) as error:
        raise RecipeError(f"{given} cannot be read as JSON: {error}") from error


def _quantiles(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no list of numbers.", param_hint="--quantiles"
        ) from error
