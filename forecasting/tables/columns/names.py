"""The names that columns usually have, and finding a column by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from forecasting.errors import SeriesError

MOST_NAMED = 20
"""So many columns are listed in a message."""

_TIMES = frozenset(
    {
        *("ds", "date", "dates", "time", "times", "timestamp", "datetime", "date_time", "day"),
        *("week", "month", "quarter", "year", "hour", "minute", "period", "t", "step"),
        *("datum", "zeit", "zeitpunkt", "tag", "woche", "monat", "quartal", "jahr", "stunde"),
        *("fecha", "mes", "año", "jour", "mois", "année", "annee", "observation_date"),
    }
)
_TARGETS = frozenset(
    {
        *("y", "value", "values", "target", "sales", "close", "demand", "revenue", "amount"),
        *("quantity", "qty", "count", "total", "consumption", "load", "passengers"),
        *("wert", "umsatz", "menge", "betrag", "anzahl", "absatz", "verbrauch"),
        *("valor", "ventas", "valeur", "ventes"),
    }
)
_IDS = frozenset(
    {
        *("unique_id", "id", "series", "item", "store", "shop", "sku", "product", "country"),
        *("region", "state", "city", "location", "site", "station", "sensor", "device", "meter"),
        *("customer", "symbol", "ticker", "entity", "family", "branch", "department", "dept"),
        *("filiale", "artikel", "kunde", "land", "produkt", "standort", "stadt", "markt"),
    }
)
_REMARKS = frozenset(
    {
        *("comment", "comments", "note", "notes", "remark", "remarks", "description", "unit"),
        *("bemerkung", "bemerkungen", "kommentar", "notiz", "einheit", "commentaire", "nota"),
    }
)
_ID_ENDING = re.compile(r"_(id|nr|no|code|key|name|sku)$|^id_")


def is_time_name(name: str) -> bool:
    """Return whether columns of dates often have this name."""
    return _simple(name) in _TIMES


def is_target_name(name: str) -> bool:
    """Return whether columns of values often have this name."""
    return _simple(name) in _TARGETS


def is_id_name(name: str) -> bool:
    """Return whether columns of ids often have this name."""
    simple = _simple(name)
    return simple in _IDS or _ID_ENDING.search(simple) is not None


def is_remark_name(name: str) -> bool:
    """Return whether columns of texts that say something about a value often have this name."""
    return _simple(name) in _REMARKS


def is_index_name(name: str) -> bool:
    """Return whether a column has no name, or the one that pandas gives it then."""
    return re.fullmatch(r"(unnamed: |column )\d+", name.casefold()) is not None


def fill_names(names: Sequence[str]) -> list[str]:
    """Return the names, with `column 3` for the third one if it has none."""
    return [name or f"column {position}" for position, name in enumerate(names, 1)]


def find_column(names: Sequence[str], wanted: str, option: str | None = None) -> int | None:
    """Return the position of a column by its name: as written, or else in any case.

    It is None if there is no such column. Raises SeriesError, at the option that asks for the
    column if there is one, if several columns have the name.
    """
    for fits in (str.__eq__, _equal_in_any_case):
        found = [position for position, name in enumerate(names) if fits(name, wanted)]
        if len(found) > 1:
            written = ", ".join(sorted({repr(names[position]) for position in found}))
            raise SeriesError(
                f"there is more than one column {wanted!r} ({written}). Rename all but one of "
                "them.",
                code="column_repeated",
                path=("file",) if option is None else (option,),
            )
        if found:
            return found[0]
    return None


def list_names(names: Sequence[str]) -> str:
    """Return the names as a message lists them."""
    listed = ", ".join(repr(name[:80]) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return listed if more <= 0 else f"{listed} and {more} more"


def _equal_in_any_case(name: str, wanted: str) -> bool:
    return name.casefold() == wanted.strip().casefold()


def _simple(name: str) -> str:
    return re.sub(r"[\s.\-]+", "_", name.strip().casefold())
