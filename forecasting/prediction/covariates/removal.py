"""Takes what covariates did out of whole batches of series, where that helps, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecasting.covariates.given import hold_categories
from forecasting.covariates.targets import without_targets
from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.covariates.effects import AheadEffects
from forecasting.prediction.covariates.fit import Explained, explain
from forecasting.prediction.origins import Contexts, network_context, note_not_used
from forecasting.prediction.seasons.groups import known_season_lengths
from forecasting.series.series import Series


def without_covariates(
    contexts: Contexts, season_lengths: Sequence[int], signature: Signature, horizon: int
) -> Contexts:
    """Take what covariates did out of the contexts of m series that are forecast for `horizon`.

    A season length of 0 stands for the one that is detected. Series without covariates, and those
    that their covariates do not help to forecast, stay as they are. Every series with covariates
    gets a note. Targets that are forecast together are none of these: each is forecast by itself.
    """
    values, dates = list(contexts.values), list(contexts.dates)
    series = [without_targets(item) for item in contexts.series]
    rows = []
    for row, item in enumerate(series):
        if item.covariates is None:
            continue
        if not signature.serves_any_series:
            series[row] = note_not_used(item, "the model was trained without any")
        elif row in contexts.origins.totals:
            series[row] = note_not_used(item, "the series is a running total")
        else:
            rows.append(row)
    found = _explain(
        [series[row] for row in rows], [season_lengths[row] for row in rows], signature, horizon
    )
    used: dict[int, Explained] = {}
    for row, explained in zip(rows, found, strict=True):
        if explained is None:
            reason = "they did not help to forecast the past of the series"
            series[row] = note_not_used(series[row], reason)
            continue
        used[row] = explained
        base = contexts.origins.bases.get(row, 0.0)
        given = network_context(series[row], signature)
        values[row] = explained.remove(given) - base
        own = dates[row]
        dates[row] = None if own is None else own.after(given.size - values[row].size)
        series[row] = replace(series[row], notes=(*series[row].notes, *_notes(explained)))
    origins = replace(contexts.origins, effects=_ahead(used)) if used else contexts.origins
    return Contexts(values, dates, origins, series)


def _explain(
    series: Sequence[Series], season_lengths: Sequence[int], signature: Signature, horizon: int
) -> list[Explained | None]:
    values = [network_context(item, signature) for item in series]
    lengths = known_season_lengths(values, season_lengths, signature)
    calendars = [item.calendar for item in series]
    frequencies = [None if calendar is None else calendar.frequency for calendar in calendars]
    covariates = [
        hold_categories(item.covariates) for item in series if item.covariates is not None
    ]
    return explain(values, covariates, lengths, frequencies, horizon)


def _ahead(used: dict[int, Explained]) -> AheadEffects:
    return AheadEffects(
        np.array(list(used)),
        np.stack([explained.ahead for explained in used.values()]),
        np.stack([explained.deviations for explained in used.values()]),
        np.array([explained.factor for explained in used.values()]),
        tuple(explained.parts for explained in used.values()),
    )


def _notes(explained: Explained) -> list[Note]:
    names = ", ".join(explained.names)
    message = (
        "The forecast goes by what the covariates did in the past. Those that matter, the one that "
        f"matters most first: {names}. The count is of these."
    )
    notes = [Note("covariates_used", message, len(explained.names))]
    if explained.beyond:
        message = (
            f"What {', '.join(explained.beyond)} would do ahead goes far beyond what the past of "
            "the series shows. The effect was kept near the range that it had there, and the "
            "intervals are wider by what was cut off. Check the values ahead. The count is of "
            "these covariates."
        )
        notes.append(Note("covariates_beyond_past", message, len(explained.beyond)))
    return notes
