"""How series are called in frames of answers, as in the tables that the service writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def series_names(entries: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """Return the `unique_id` of each series of an answer in JSON, those that failed among them.

    Without any ids, series are called by their places, and different targets alone are of one
    series. If only some have ids, the others have none.
    """
    ids = [entry["id"] for entry in entries]
    if any(name is not None for name in ids):
        return ids
    targets = [entry.get("target") for entry in entries]
    if None not in targets and len(set(targets)) == len(targets):
        return ["0"] * len(entries)
    return [str(place) for place in range(len(entries))]


def answered(entries: Sequence[Mapping[str, Any]]) -> list[tuple[str | None, Mapping[str, Any]]]:
    """Return the entries that are no errors, each with its `unique_id`."""
    names = series_names(entries)
    return [
        (name, entry)
        for name, entry in zip(names, entries, strict=True)
        if entry.get("error") is None
    ]
