"""Which columns hold the ids, the times and the values."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from forecasting.errors import SeriesError
from forecasting.notes import Note
from forecasting.tables.columns.looks import ColumnLooks, Look
from forecasting.tables.columns.names import (
    find_column,
    is_id_name,
    is_target_name,
    is_time_name,
    list_names,
)
from forecasting.tables.columns.parts import refuse_parts
from forecasting.tables.options import TableOptions
from forecasting.tables.raw_table import broken_file

_BESIDE = ("covariates", "static_cols")
"""The options that name columns beside the values."""
_SEVERAL = {"id_col", "target_cols", "known_ahead", *_BESIDE}
"""The options that name one column or several."""
_USUAL = {"id_col": "unique_id", "time_col": "ds", "target_col": "y"}


@dataclass(frozen=True, slots=True)
class ChosenColumns:
    """The positions of the columns that are read."""

    target: int
    time: int | None
    """None if the rows are in order and have no times."""
    ids: tuple[int, ...] = ()
    """The columns whose values together name the series; none if there is one series."""
    guessed: tuple[str, ...] = ()
    """The options that would choose the columns that were found by what they look like."""
    covariates: tuple[int, ...] = ()
    known_ahead: tuple[int, ...] = ()
    """The covariates that are known ahead by what the caller says."""
    static: tuple[int, ...] = ()
    """The columns of what holds for a whole series."""
    targets: tuple[int, ...] = ()
    """The columns of several targets, `target` first; none if there is one that needs no name."""

    def taken(self) -> set[int]:
        """Return the positions that are read."""
        beside = (*self.targets, *self.covariates, *self.static)
        return _present(*self.ids, self.time, self.target, *beside)


@dataclass(slots=True)
class KnownColumns:
    """The columns that the caller or the usual names say."""

    ids: tuple[int, ...] = ()
    time: int | None = None
    target: int | None = None
    target_is_asked_for: bool = False
    """Whether an option names the target."""
    covariates: tuple[int, ...] = ()
    known_ahead: tuple[int, ...] = ()
    static: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()

    def taken(self) -> set[int]:
        """Return the positions that are known."""
        beside = (*self.targets, *self.covariates, *self.static)
        return _present(*self.ids, self.time, self.target, *beside)


def find_known(looks: ColumnLooks, options: TableOptions) -> KnownColumns:
    """Return the columns that the options name or that have the usual names, in any case.

    A target called `y` is not known by its name alone if it may be a coordinate.

    Raises SeriesError for an option that names no column, or the same one as another option.
    """
    found = _find_options(looks, options)
    taken: dict[int, str] = {}
    for option, positions in found.items():
        for position in positions:
            if position in taken:
                raise SeriesError(
                    f"{taken[position]} and {option} both name the column "
                    f"{looks.names[position]!r}. Name a different column for each.",
                    code="columns_unclear",
                    path=(option,),
                )
            taken[position] = option
    targets = found.pop("target_cols", ())
    if targets:
        found["target_col"] = targets[:1]
    for option, usual in _USUAL.items():
        _refuse_as_beside(looks, option, usual, found)
        usual_position = None if option in found else find_column(looks.names, usual)
        if usual_position is not None and usual_position not in taken:
            found[option] = (usual_position,)
    is_asked_for = options.target_col is not None or bool(targets)
    if not is_asked_for and "target_col" in found:
        found = _without_coordinate(looks, found)
    return KnownColumns(
        found.get("id_col", ()),
        found.get("time_col", (None,))[0],
        found.get("target_col", (None,))[0],
        target_is_asked_for=is_asked_for,
        covariates=found.get("covariates", ()),
        known_ahead=_find_known_ahead(looks, options, found.get("covariates", ())),
        static=found.get("static_cols", ()),
        targets=targets,
    )


def _find_options(looks: ColumnLooks, options: TableOptions) -> dict[str, tuple[int, ...]]:
    """Return the columns that each option names. Raises SeriesError for one that is not there."""
    if options.target_col is not None and options.target_cols is not None:
        raise SeriesError(
            "target_col and target_cols both name targets. Send target_cols alone for several.",
            code="columns_unclear",
            path=("target_cols",),
        )
    wanted = {option: getattr(options, option) for option in (*_USUAL, "target_cols", *_BESIDE)}
    return {
        option: _find_option(looks.names, option, name)
        for option, name in wanted.items()
        if name is not None
    }


def choose_columns(looks: ColumnLooks, known: KnownColumns) -> ChosenColumns:
    """Return the columns of a table in the long format; what is not known is what looks like it.

    The ids are those that are known: whether a table without them has several series is for
    `find_ids` to find out.

    Raises SeriesError, which lists the columns and names the option that chooses one, if none or
    several may be meant.
    """
    free = [at for at in range(len(looks)) if at not in known.taken() and not looks.is_index(at)]
    guessed = []
    time, target = known.time, known.target
    if time is None:
        time = choose_time(looks, free, known)
        if time is not None:
            guessed.append("time_col")
            free.remove(time)
    if target is None:
        if time is not None:
            refuse_parts(looks, time, free)
        target = _guess_target(looks, free, time)
        guessed.append("target_col")
    return ChosenColumns(
        target,
        time,
        known.ids,
        tuple(guessed),
        known.covariates,
        known.known_ahead,
        known.static,
        known.targets,
    )


def note_choice(looks: ColumnLooks, chosen: ChosenColumns, *, guessed_ids: bool) -> list[Note]:
    """Return a note on the columns that were found by what they look like, if there are any."""
    notes = []
    if chosen.time is None:
        message = "The file has no dates: its rows were read in their order, as steps."
        notes.append(Note("rows_in_order", message, 1))
    options = ("id_col",) * guessed_ids + chosen.guessed
    if options:
        values = chosen.targets or (chosen.target,)
        parts = [
            (" and ".join(repr(looks.names[at]) for at in chosen.ids), "as the ids"),
            ("" if chosen.time is None else repr(looks.names[chosen.time]), "as the time"),
            (_join([repr(looks.names[at]) for at in values]), "as the values"),
        ]
        read = _join([f"{name} {role}" for name, role in parts if name])
        message = f"Read {read}. Send {_join(options)} to choose others."
        notes.append(Note("columns_chosen", message, len(options)))
    return notes


def _without_coordinate(
    looks: ColumnLooks, found: dict[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """Leave out the target that is called `y` if that may be a coordinate.

    It may if no column is called `ds` or `unique_id`, and another one is named for a value, or
    there is an `x` and a third column of numbers.
    """
    if any(
        find_column(looks.names, _USUAL[option]) is not None for option in ("time_col", "id_col")
    ):
        return found
    taken = {position for positions in found.values() for position in positions}
    free = [at for at in range(len(looks)) if at not in taken and not looks.is_index(at)]
    others = [at for at in looks.among(free, Look.NUMBERS) if not is_id_name(looks.names[at])]
    names = [looks.names[at].casefold() for at in others]
    if any(map(is_target_name, names)) or ("x" in names and len(names) > 1):
        return {option: positions for option, positions in found.items() if option != "target_col"}
    return found


def _refuse_as_beside(
    looks: ColumnLooks, option: str, usual: str, found: dict[str, tuple[int, ...]]
) -> None:
    """Raise SeriesError if a column with a usual name is to be read as a covariate in its place."""
    for other in _BESIDE:
        for position in found.get(other, ()):
            if option not in found and looks.names[position].casefold() == usual:
                raise SeriesError(
                    f"{other} names the column {looks.names[position]!r}, which is {option} by its "
                    f"name. Leave it out of {other}, or send {option} with another column.",
                    code="columns_unclear",
                    path=(other,),
                )


def _find_known_ahead(
    looks: ColumnLooks, options: TableOptions, covariates: tuple[int, ...]
) -> tuple[int, ...]:
    """Return the covariates that the caller says are known ahead. Raises SeriesError for others."""
    if options.known_ahead is None:
        return ()
    found = _find_option(looks.names, "known_ahead", options.known_ahead)
    for position in found:
        if position not in covariates:
            raise SeriesError(
                f"known_ahead names the column {looks.names[position]!r}, which is not among the "
                "covariates. Name it in covariates, too.",
                code="columns_unclear",
                path=("known_ahead",),
            )
    return found


def _find_option(names: Sequence[str], option: str, name: str) -> tuple[int, ...]:
    """Return the column that an option names, or several that it names with commas between."""
    position = find_column(names, name, option)
    if position is not None:
        return (position,)
    wanted = [part.strip() for part in name.split(",")] if option in _SEVERAL else [name]
    positions = []
    for part in wanted:
        position = find_column(names, part, option)
        if position is None:
            raise SeriesError(
                f"there is no column {part!r}; the columns are {list_names(names)}. Send {option} "
                f"with {'some' if len(wanted) > 1 else 'one'} of them.",
                code="column_unknown",
                path=(option,),
            )
        positions.append(position)
    return tuple(positions)


def choose_time(
    looks: ColumnLooks, free: Sequence[int], known: KnownColumns, *, wide: bool = False
) -> int | None:
    """Return the one of the free columns that holds dates; None if the rows are in order.

    Raises SeriesError if several columns hold dates, or none does though rows need them.
    """
    dated = looks.among(free, Look.DATES)
    if not dated:  # whole numbers, such as years
        numbers = looks.among(free, Look.NUMBERS)
        dated = [at for at in numbers if is_time_name(looks.names[at])]
        if not dated and (len(numbers) > 1 or known.target is not None):
            dated = [at for at in numbers if looks.may_be_dates(at)]
    if len(dated) > 1:
        named = [at for at in dated if is_time_name(looks.names[at])]
        dated = named if len(named) == 1 else dated
    if len(dated) == 1:
        return dated[0]
    if dated:
        raise _unclear_time(looks, dated)
    texts = looks.among(free, Look.TEXTS, Look.OTHER)
    numbers = [at for at in looks.among(free, Look.NUMBERS) if not is_id_name(looks.names[at])]
    several = len(numbers) + (known.target is not None) > 1
    if not known.target_is_asked_for and (texts or (several and not wide)):
        raise broken_file(
            f"there is no column 'ds', and none that looks like dates. The columns are: "
            f"{looks.describe(range(len(looks)))}. Send time_col with the name of the column of "
            "the dates. If there are no dates, and the rows are in order, send target_col with "
            "the name of the column of the values.",
            code="column_missing",
        )
    return None


def _unclear_time(looks: ColumnLooks, dated: Sequence[int]) -> SeriesError:
    """Return the error for several columns that may be the time."""
    listed = list_names([looks.names[at] for at in dated])
    if looks[dated[0]] is Look.NUMBERS:
        message = (
            f"the columns {listed} seem to be parts of one date. Join them into one column, with "
            "dates such as 2024-01-31."
        )
    else:
        first = looks.names[dated[0]]
        message = (
            f"the columns {listed} all hold dates. Send time_col={shlex.quote(first)}, or the one "
            "that says when a value was observed."
        )
    return broken_file(message, code="columns_unclear")


def _guess_target(looks: ColumnLooks, free: Sequence[int], time: int | None) -> int:
    """Return the one column of numbers, or the one whose name says that it is the target."""
    numbers = looks.among(free, Look.NUMBERS)
    values = [at for at in numbers if not is_id_name(looks.names[at])] or numbers
    if len(values) == 1:
        return values[0]
    if not values:
        is_taken = find_column(looks.names, _USUAL["target_col"]) is not None
        missing = (
            "the column 'y' is that of another option" if is_taken else "there is no column 'y'"
        )
        raise broken_file(
            f"{missing}, and none of the other columns looks like numbers. The columns are: "
            f"{looks.describe(range(len(looks)))}. Send target_col with the name of the column of "
            "the values.",
            code="column_missing",
        )
    named = [at for at in values if is_target_name(looks.names[at])]
    if named == [find_column(looks.names, _USUAL["target_col"])]:
        named = []  # it may be a coordinate
    if len(named) == 1:
        return named[0]
    for at in named or values:
        find_column(looks.names, looks.names[at])  # raises if it could not be named in an option
    first = looks.names[(named or values)[0]]
    wide = ""
    if time is not None and not named:
        wide = " If each of them is a series, send layout=wide."
    raise broken_file(
        f"the columns {list_names([looks.names[at] for at in values])} all hold numbers. Send "
        f"target_col={shlex.quote(first)}, or the one that is to be forecast.{wide}",
        code="columns_unclear",
    )


def _present(*positions: int | None) -> set[int]:
    return {position for position in positions if position is not None}


def _join(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
