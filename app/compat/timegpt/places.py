"""Where in TimeGPT's body a mistake is that was found in one of its series, or in an option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.compat.places import Places
from app.compat.timegpt.schemas import Payload
from app.compat.timegpt.series import feature_number
from forecasting.errors import Path

OPTIONS = {
    "horizon": "h",
    "levels": "level",
    "windows": "n_windows",
    "step": "step_size",
    "explain": "feature_contributions",
}
"""What options are called by TimeGPT's clients."""


@dataclass(frozen=True, slots=True)
class PayloadPlaces(Places):
    """The places in a payload, whose series lie one after another in `y`."""

    payload: Payload
    options: Mapping[str, str]
    """The options that are called otherwise."""

    def of(self, path: Path) -> Path:
        """Return the place in the payload of a place in the request that was made of it.

        Places in the payload itself, as checks of it give them, stay as they are.
        """
        if path[0] == "recipe" and len(path) > 1:
            return (self._option(str(path[1])),)
        if path[0] != "series":
            return (self._option(str(path[0])),)
        if len(path) > 1 and isinstance(path[1], int):
            return self._in_series(path[1], path[2:])
        return path

    def _option(self, name: str) -> str:
        name = self.options.get(name, name)
        is_finetuned = name == "model" and self.payload.finetuned_model_id is not None
        return "finetuned_model_id" if is_finetuned else name

    def _in_series(self, place: int, path: Path) -> Path:
        """Return the place of what lies within the series at a place among the others."""
        sizes = self.payload.series.sizes
        begin = sum(sizes[:place])
        match path:
            case ("values", int(position)):
                return ("series", "y", begin + position)
            case ("start", *_):
                return ("series", "start_datetime", place)
            case ("frequency", *_):
                return ("freq",)
            case ("past_covariates" | "future_covariates", str(name), *within):
                return self._in_feature(place, name, within)
        return ("series", "sizes", place)

    def _in_feature(self, place: int, name: str, within: Sequence[str | int]) -> Path:
        """Return the place of a value of a feature, or of the feature if it is of no value."""
        series, number = self.payload.series, feature_number(name)
        if number is None or number >= len(series.X or ()):
            return ("series", "X")
        if not within:
            return ("series", "X", number)
        position, size = int(within[0]), series.sizes[place]
        if position < size:
            return ("series", "X", number, sum(series.sizes[:place]) + position)
        ahead = len((series.X_future or [])[number]) // len(series.sizes)
        return ("series", "X_future", number, place * ahead + position - size)
