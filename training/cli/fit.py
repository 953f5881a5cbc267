"""The command fit."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from forecasting.errors import RecipeError
from forecasting.jobs.fit_options import FitOptions
from forecasting.jobs.tuning_options import TuningOptions, choose_tuned_recipe
from forecasting.networks.recipe import Recipe
from forecasting.store.manifest import PromotePolicy
from forecasting.tables.formats import FORMATS_IN_WORDS
from training.cli.file_options import (
    Calendar,
    CovariateCols,
    DateFormat,
    DecimalSign,
    Delimiter,
    IdCol,
    KnownAhead,
    Layout,
    OpenTimes,
    RepairDates,
    Sheet,
    StaticCols,
    TableLayout,
    TargetCol,
    TargetCols,
    TimeCol,
    read_date_rules,
    read_days,
    read_table_options,
)
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


def fit(
    file: Annotated[
        Path,
        typer.Argument(help=f"File with dates and values: {FORMATS_IN_WORDS}."),
    ],
    model: NewVersionOf,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="auto (the default), lstm, gru, simple-rnn, fine-tune, or a JSON file with the "
            "fields of a recipe.",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="The version to start from, such as zero-shot or sales/3. It is fine-tuned, and "
            "takes the place of a recipe."
        ),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            min=1, max=1000, help="Number of steps to forecast. The default is the recipe's."
        ),
    ] = None,
    frequency: Annotated[
        str | None,
        typer.Option(
            help="Pandas alias of the frequency, such as MS, D or h. By default it is inferred "
            "from the dates."
        ),
    ] = None,
    season_length: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of steps in a season. The default is the recipe's, or else what the "
            "frequency implies.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="File to draw the held-out tail into (.png, .svg, .pdf)."),
    ] = None,
    tune: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help="Try so many recipes like this one, lstm by default, for ten minutes at most, and "
            "keep the best.",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(help="On one machine, the same seed gives the same version."),
    ] = 0,
    promote: Promote = PromotePolicy.IF_BETTER,
    keep: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="FORECAST_KEEP_VERSIONS",
            help="How many of the newest versions are kept, besides those in use; 0 keeps all.",
        ),
    ] = 0,
    id_col: IdCol = None,
    time_col: TimeCol = None,
    target_col: TargetCol = None,
    target_cols: TargetCols = None,
    covariates: CovariateCols = None,
    known_ahead: KnownAhead = None,
    static_cols: StaticCols = None,
    calendar: Calendar = None,
    layout: Layout = TableLayout.LONG,
    delimiter: Delimiter = None,
    decimal: DecimalSign = None,
    date_format: DateFormat = None,
    sheet: Sheet = None,
    repair: RepairDates = None,
    open_times: OpenTimes = None,
    store: Store = DEFAULT_STORE,
    progress: ShowProgress = ProgressStyle.BAR,
) -> None:
    """Fit a recipe to the series in FILE and publish the version.

    The end of every series is held out. The version is scored there, on data that the fit never
    saw, beside seasonal naive and beside the version in production. If it does better than that
    version, it takes the alias production.

    Example: python -m training fit sales.csv --model sales --horizon 12 --plot sales.png
    """
    from training.dataset import for_command_line, read_dataset
    from training.pipeline import run_fit

    table = read_table_options(
        id_col=id_col,
        time_col=time_col,
        target_col=target_col,
        target_cols=target_cols,
        covariates=covariates,
        known_ahead=known_ahead,
        static_cols=static_cols,
        layout=layout,
        delimiter=delimiter,
        decimal=decimal,
        date_format=date_format,
        sheet=sheet,
    )
    rules, days = read_date_rules(repair, open_times), read_days(calendar)
    with report_progress(progress, unit="epoch") as shown:
        tuning = None if tune is None else TuningOptions(trials=tune)
        options = FitOptions(
            model=check_model_name(model),
            recipe=_read_recipe(recipe, base, tuning),
            tune=tuning,
            horizon=horizon,
            season_length=season_length,
            seed=seed,
            promote=promote,
            keep=keep,
        )
        dataset = read_dataset(file, frequency, table, rules, days)
        for note in dataset.notes:
            print(f"note: {for_command_line(note.message)}", file=sys.stderr)
        run_fit(options, dataset, open_store(store), shown, plot=plot)


def _read_recipe(recipe: str | None, base: str | None, tune: TuningOptions | None) -> Recipe:
    """Return the recipe that is named, or read it from a JSON file. Raises RecipeError."""
    if recipe is None or not recipe.endswith(".json"):
        return choose_tuned_recipe(recipe, base, tune)
    try:
        return choose_tuned_recipe(json.loads(Path(recipe).read_bytes()), base, tune)
    except RecipeError as error:
        if error.code != RecipeError.code:
            raise
        place = "/".join(map(str, error.path))
        raise error.with_message(f"{recipe}: {place}: {error.message}") from error
    except (OSError, ValueError) as error:
        raise RecipeError(f"{recipe} cannot be read as JSON: {error}") from error
