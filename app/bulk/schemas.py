"""The request of `POST /bulk`, and the result of its job."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.predict.schemas import Probability
from app.requests.effort import EffortOption
from app.requests.options import BoundsInput, DateOptions, Level, VersionOption
from app.requests.table_fields import CommonTableFields
from forecasting.jobs.bulk_task import BulkOperation

Location = Annotated[str, Field(min_length=1, max_length=1_024)]
ColumnName = Annotated[str, Field(max_length=256)]


class BulkRequest(VersionOption, CommonTableFields, BoundsInput, DateOptions, EffortOption):
    """Which table becomes which other table, and how."""

    model_config = ConfigDict(extra="forbid", strict=True)

    input: Location = Field(
        description="The table: an absolute path or a URL such as `s3://bucket/sales`, of a file, "
        "or of a folder with files of one kind: Parquet, CSV or Arrow. It has a row for each value "
        "of each series. FORECAST_BULK_LOCATIONS says which locations there may be."
    )
    output: Location = Field(
        description="Where the new table goes: a file if the name ends with `.parquet`, `.csv` or "
        "`.arrow`, or else a folder of Parquet files."
    )
    operation: BulkOperation = Field(
        "predict",
        description="What is made of each series: forecasts, as `/predict` does; the scores of a "
        "`backtest`; or the scored values of `anomalies`.",
    )
    overwrite: bool = Field(
        False,
        description="If true, a file that is there, or the output of an earlier bulk job in a "
        "folder, is replaced.",
    )
    id_col: ColumnName | None = Field(
        None,
        description="The column that says which series a row belongs to, or several with commas "
        "between them. By default, `unique_id`.",
    )
    time_col: ColumnName | None = Field(
        None,
        description="The column with the dates, or with whole numbers that are dates or count "
        "steps. By default, `ds`, or else the column that holds dates.",
    )
    target_col: ColumnName | None = Field(
        None,
        description="The column with the values to forecast. By default, `y`, or else the only "
        "column of numbers.",
    )
    date_format: str | None = Field(
        None,
        max_length=64,
        description="How dates are written that are texts and not plain ISO 8601, or whole "
        "numbers, in the codes of strptime, such as `%d.%m.%Y`.",
    )
    season_length: int | None = Field(
        None, ge=1, le=10_000, description="The number of steps in a season, as for `/predict`."
    )
    horizon: int | None = Field(
        None,
        ge=1,
        description="The number of steps to forecast, of `predict` and `backtest`. By default, the "
        "horizon that the model was trained for.",
    )
    levels: list[Level] | None = Field(
        None,
        max_length=20,
        fail_fast=True,
        description="The levels of the intervals in percent, of `predict` and `backtest`. By "
        "default, 80 if the model predicts quantiles.",
    )
    quantiles: list[Probability] = Field(
        default_factory=list,
        json_schema_extra={"default": []},
        max_length=99,
        fail_fast=True,
        description="The quantiles to forecast, of `predict`.",
    )
    windows: int = Field(3, ge=1, description="The forecasts of each series, of `backtest`.")
    step: int | None = Field(
        None,
        ge=1,
        description="The number of steps from one cutoff to the next, of `backtest`. By default, "
        "the horizon.",
    )
    forecasts: bool = Field(
        False,
        description="If true, a `backtest` writes the forecasts of all windows in place of the "
        "scores of each series.",
    )
    level: Level = Field(
        99.0,
        description="The percentage of values that the band is meant to hold, of `anomalies`.",
    )
    warm_up: int | None = Field(
        None,
        ge=1,
        description="The number of values at the start that are not scored, of `anomalies`.",
    )
    last: int | None = Field(
        None,
        ge=1,
        description="If given, only that many values at the end are scored, of `anomalies`.",
    )


class BulkNote(BaseModel):
    """What was done to series, or could not be done."""

    code: str
    message: str
    series: int = Field(description="How many series it holds for.")


class BulkResult(BaseModel):
    """What a bulk job has written. In a folder, the file `_manifest.json` says the same."""

    job: str
    operation: BulkOperation
    model: str
    version: int
    input: str
    output: str
    failures: str = Field(
        description="The table of the series that failed: `unique_id`, `code` and `message`."
    )
    series: int = Field(description="All series of the input, those that failed among them.")
    failed: int
    rows: int = Field(description="The rows of the output.")
    notes: list[BulkNote] = Field(description="The most frequent first, 100 at most.")
    parts: list[str] = Field(description="The files of the output if it is a folder.")
    written_at: str
