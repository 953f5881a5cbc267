"""What the owner of a series should know about a season length that was given for it."""

from __future__ import annotations

from dataclasses import replace

from forecasting.networks.signature import Signature
from forecasting.notes import Note
from forecasting.prediction.seasons.cycles import choose_cycles
from forecasting.series.series import Series


def note_unused_season(
    series: Series, season_length: int | None, signature: Signature, known: int | None = None
) -> Series:
    """Return a series with a note if the network cannot use the season length given for it.

    `season_length` is None if none was given. `known` says how many values are known in the first
    forecast of the past; None if the series is forecast from its end alone.
    """
    if season_length is None or season_length == 1:
        return series
    reason = _reason(series, season_length, signature, known)
    if reason is None:
        return series
    note = Note("season_length_not_used", reason, season_length)
    return replace(series, notes=(*series.notes, note))


def _reason(
    series: Series, season_length: int, signature: Signature, known: int | None
) -> str | None:
    """Return why the network of `signature` does not use a season length; None if it does."""
    if not signature.takes_season_out:
        return (
            "The season length was not used, because this model takes no seasons out of series: it "
            "forecasts them as it was trained to."
        )
    frequency = None if series.calendar is None else series.calendar.frequency
    cycles = choose_cycles(season_length, frequency)
    needed = 2 * season_length
    least = needed - (cycles.week if cycles.year else 0)
    looked_at = cycles.history_length(signature.history_length)
    holds = f"holds {series.values.size} values, less than two seasons ({needed})."
    if looked_at < least:
        holds = f"is looked at no further back than {looked_at} values, less than two seasons."
    elif known is not None and known < least <= series.values.size:
        return (
            f"The season of {season_length} steps was not used in every forecast, because the "
            f"first knows {known} values of the series, less than two seasons ({needed})."
        )
    elif series.values.size >= least:
        return None
    return f"The season of {season_length} steps was not used, because the series {holds}"
