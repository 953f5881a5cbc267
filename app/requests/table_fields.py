"""How a table is read: the options that stand beside those of the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    from forecasting.tables.options import TableOptions

TableLayout = TypeAliasType("TableLayout", Literal["long", "wide"])
"""Whether a table has a row for each value, or a column for each series."""


class CommonTableFields(BaseModel):
    """What tables of requests and of bulk jobs may need to be told alike."""

    frequency: str | None = Field(
        None,
        max_length=32,
        description="The frequency of all series, as a pandas alias. By default, it is read from "
        "the dates of each series.",
    )
    timezone: str | None = Field(
        None,
        max_length=64,
        description='The time zone of all dates, by its IANA name, such as "Europe/Berlin".',
    )
    delimiter: str | None = Field(
        None,
        pattern=r"^([,;|]|tab)$",
        description="The character between the cells of a CSV file: `,`, `;`, `|`, or the word "
        "`tab`. By default, it is found out.",
    )


class TableFields(CommonTableFields):
    """How a table is read, beside the options of the operation."""

    model_config = ConfigDict(strict=True)

    id_col: str | None = Field(
        None,
        max_length=256,
        description="The column that says which series a row belongs to, such as `store`. By "
        "default, `unique_id`, or else the column that looks like it; without one, the table is "
        "one series.",
    )
    time_col: str | None = Field(
        None,
        max_length=256,
        description="The column with the dates, such as `month`. By default, `ds`, or else the "
        "column that holds dates.",
    )
    target_col: str | None = Field(
        None,
        max_length=256,
        description="The column with the values to forecast, such as `sales`. By default, `y`, or "
        "else the column that holds numbers.",
    )
    target_cols: str | None = Field(
        None,
        max_length=4_096,
        description="In place of `target_col`: the columns of several values that are forecast, "
        "with commas between them, such as `sales,visits`. Each row has a value of each.",
    )
    covariates: str | None = Field(
        None,
        max_length=4_096,
        description="The columns of what else was observed, with commas between them, such as "
        "`price,promo`. Rows after the last value of a series, in which the value is empty, say "
        "what is known of the steps that are forecast.",
    )
    known_ahead: str | None = Field(
        None,
        max_length=4_096,
        description="Those of the `covariates` that are known ahead, with commas between them, for "
        "a table that ends with the last values, as for a training. A covariate that has a value "
        "after the last one of some series is known ahead in any case.",
    )
    static_cols: str | None = Field(
        None,
        max_length=4_096,
        description="The columns of what holds for a whole series, such as `region`, with commas "
        "between them.",
    )
    layout: TableLayout | None = Field(
        None,
        description="`long` if the table has a row for each value of each series, `wide` if it "
        "has a column for each series, or a row for each series and dates as the names of its "
        "columns. By default, `long`.",
    )
    decimal: str | None = Field(
        None,
        pattern=r"^[.,]$",
        description="The decimal sign of numbers that are written as text, `.` or `,`. By default, "
        "it is found out.",
    )
    date_format: str | None = Field(
        None,
        max_length=64,
        description="How dates are written, in the codes of strptime, such as `%d.%m.%Y`. By "
        "default, it is found out.",
    )
    sheet: str | None = Field(
        None,
        max_length=256,
        description="The sheet of a workbook that holds the table. By default, the first "
        "sheet with data.",
    )

    def to_options(self) -> TableOptions:
        """Return the options that the reader of tables takes."""
        from forecasting.tables.options import TableOptions

        return TableOptions(
            id_col=self.id_col,
            time_col=self.time_col,
            target_col=self.target_col,
            target_cols=self.target_cols,
            covariates=self.covariates,
            known_ahead=self.known_ahead,
            static_cols=self.static_cols,
            layout=self.layout or "long",
            delimiter=self.delimiter,
            decimal=self.decimal,
            date_format=self.date_format,
            sheet=self.sheet,
        )
