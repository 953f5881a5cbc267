"""The command fit."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from forecasting.errors import RecipeError, SeriesError
from forecasting.jobs.fit_options import FitOptions
from forecasting.networks.recipe import Recipe, choose_recipe
from forecasting.series.alignment import DateRules
from forecasting.series.opening import Opening, parse_opening
from forecasting.series.repair import Repair
from forecasting.store.manifest import PromotePolicy
from forecasting.store.store import ModelStore
from forecasting.tables.options import TableOptions
from training.cli.options import (
    DEFAULT_STORE,
    DateFormat,
    DecimalSign,
    Delimiter,
    IdCol,
    Layout,
    NewVersionOf,
    OpenTimes,
    ProgressStyle,
    Promote,
    RepairDates,
    Sheet,
    ShowProgress,
    Store,
    TableLayout,
    TargetCol,
    TimeCol,
    check_model_name,
    report_progress,
)


class _OpeningFields(TypedDict, total=False):
    """An opening as JSON."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic reads it

    days: str | list[str]
    hours: str
    holidays: list[str]


def fit(
    file: Annotated[
        Path,
        typer.Argument(help="CSV, Excel, Parquet, Arrow or JSON file with dates and values."),
    ],
    model: NewVersionOf,
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
    from training.dataset import read_dataset
    from training.pipeline import run_fit

    table = TableOptions(
        id_col=id_col,
        time_col=time_col,
        target_col=target_col,
        layout=layout.value,
        delimiter="\t" if delimiter == "tab" else delimiter,
        decimal=decimal,
        date_format=date_format,
        sheet=sheet,
    )
    rules = DateRules(_read_repair(repair), _read_opening(open_times))
    with report_progress(progress, unit="epoch") as shown:
        options = FitOptions(
            model=check_model_name(model),
            recipe=_read_recipe(recipe, base),
            horizon=horizon,
            season_length=season_length,
            seed=seed,
            promote=promote,
            keep=keep,
        )
        dataset = read_dataset(file, frequency, table, rules)
        for note in dataset.notes:
            print(f"note: {note.message}", file=sys.stderr)
        run_fit(options, dataset, ModelStore(store), shown, plot=plot)


def _read_repair(text: str | None) -> Repair:
    """Return the repair that `true` or a text of JSON stands for. Raises BadParameter."""
    if text is None or text == "true":
        return Repair.of_switch(text == "true")
    try:
        return TypeAdapter(Repair).validate_json(text)
    except ValidationError as error:
        raise typer.BadParameter(
            f'{text!r}: write true, or JSON such as {{"repeated": "sum"}}.',
            param_hint="--repair",
        ) from error


def _read_opening(text: str | None) -> Opening | None:
    """Return the opening that a text of JSON describes. Raises BadParameter."""
    if text is None:
        return None
    try:
        given = TypeAdapter(_OpeningFields).validate_json(text)
        return parse_opening(given.get("days"), given.get("hours"), given.get("holidays", []))
    except ValidationError as error:
        reason = f'{text!r}: write JSON such as {{"days": "Mon-Sat", "hours": "9-18"}}.'
        raise typer.BadParameter(reason, param_hint="--open") from error
    except SeriesError as error:
        raise typer.BadParameter(error.message, param_hint="--open") from error


def _read_recipe(recipe: str | None, base: str | None) -> Recipe:
    """Return the recipe that is named, or read it from a JSON file. Raises RecipeError."""
    if recipe is None or not recipe.endswith(".json"):
        return choose_recipe(recipe, base)
    try:
        return choose_recipe(json.loads(Path(recipe).read_bytes()), base)
    except (OSError, ValueError) as error:
        raise RecipeError(f"{recipe} cannot be read as JSON: {error}") from error
