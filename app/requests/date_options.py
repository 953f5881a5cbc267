"""What may be said about the dates of all series of a request: repairs, and opening times."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from forecasting.series.alignment import DateRules
from forecasting.series.opening import Opening, parse_opening
from forecasting.series.repair import Gaps, Jitter, Order, Repair, Repeated


class RepairChoices(BaseModel):
    """What is done to dates that are not as they should be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    order: Order = Field(
        "error", description="With `sort`, timestamps that are out of order are sorted."
    )
    repeated: Repeated = Field(
        "error",
        description="Which of several values at the same time is kept, or whether their mean or "
        "their sum is taken.",
    )
    jitter: Jitter = Field(
        "error",
        description="With `snap`, timestamps slightly off regular steps are moved to the nearest "
        "step.",
    )
    gaps: Gaps = Field(
        "interpolate",
        description="What takes the place of values and dates that are missing: a straight line, "
        "zeros, or the value before. With `error`, they are refused.",
    )


class OpeningObject(BaseModel):
    """When values can be observed, by the clock on the wall."""

    model_config = ConfigDict(extra="forbid", strict=True)

    days: (
        Annotated[
            Annotated[Annotated[str, Field(max_length=64)], Tag("text")]
            | Annotated[
                list[Annotated[str, Field(max_length=64)]], Tag("list"), Field(max_length=7)
            ],
            Discriminator(lambda given: "list" if isinstance(given, list) else "text"),
        ]
        | None
    ) = Field(
        None,
        description='The open days of the week, such as "Mon-Sat" or ["Mon", "Wed"]. By default, '
        "every day.",
    )
    hours: str | None = Field(
        None,
        max_length=32,
        description='The first and the last time of day of a value, such as "10-16" or '
        '"09:30-16:00". They matter to steps shorter than a day. By default, all hours.',
    )
    holidays: list[Annotated[str, Field(max_length=10)]] = Field(
        [], max_length=1_000, description="Dates on which nothing is open, in ISO 8601."
    )

    def opening(self) -> Opening:
        """Return the opening. Raises SeriesError, its path from ("open",) on."""
        return parse_opening(self.days, self.hours, self.holidays)


class DateOptions(BaseModel):
    """What holds for the dates of all series of a request."""

    repair: Annotated[
        Annotated[Annotated[bool, Field(strict=True)], Tag("switch")]
        | Annotated[RepairChoices, Tag("choices")],
        Discriminator(
            lambda given: "choices" if isinstance(given, dict | RepairChoices) else "switch"
        ),
    ] = Field(
        False,
        description="What is done to timestamps that are out of order, repeated or slightly off "
        "regular steps, and to gaps; the notes say what was done. `true` sorts timestamps, keeps "
        "the last of repeated ones and moves those off their steps. By default, such a series is "
        "refused, and gaps are filled by straight lines.",
    )
    open: OpeningObject | None = Field(
        None,
        description="When values can be observed, such as the hours of a shop. Steps outside are "
        "neither missing nor forecast.",
    )

    def date_rules(self) -> DateRules:
        """Return the rules to read dates by.

        Raises SeriesError, its path within the request, for opening times that make no sense.
        """
        if isinstance(self.repair, RepairChoices):
            repair = Repair(**self.repair.model_dump())
        else:
            repair = Repair.of_switch(self.repair)
        return DateRules(repair, None if self.open is None else self.open.opening())
