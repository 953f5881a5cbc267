"""What all kinds of data have in common: they can be sent, and some can be sent in parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from forecast_client.http.exchange import Request
from forecast_client.results.frames import FrameForm

ARROW = "application/vnd.apache.arrow.stream"
JSON = "application/json"


class Payload(Protocol):
    """Series to send, whatever form they have."""

    @property
    def form(self) -> FrameForm:
        """What frames of answers look like."""
        ...

    @property
    def is_arrow(self) -> bool:
        """Whether it travels as Arrow, so that the answer should, too."""
        ...

    @property
    def size(self) -> int:
        """About how many values it holds."""
        ...

    @property
    def bytes_per_value(self) -> float:
        """About how many bytes it takes for each value when it is sent."""
        ...

    def apart(self) -> Self:
        """Return it with its series told apart, if that is possible and was not done."""
        ...

    def sizes(self) -> Sequence[int] | None:
        """Return the number of values of each series; None if the series are not told apart."""
        ...

    def part(self, start: int, stop: int) -> Self:
        """Return the series from `start` up to `stop`. Only after `sizes` has told them apart."""
        ...

    def name(self, place: int) -> str:
        """Return how the series at a place is called in errors."""
        ...

    def request(self, path: str, options: Mapping[str, Any], accept: str | None) -> Request:
        """Return the request that posts it."""
        ...


def query(options: Mapping[str, Any]) -> dict[str, str]:
    """Return options as they stand beside a table: as texts, lists with commas."""
    return {name: _text(value) for name, value in given(options).items()}


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are not None, which stands for their defaults."""
    return {name: value for name, value in options.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        from forecast_client.data.json_text import to_json

        return to_json(value).decode()
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        return ",".join(map(str, value)) or "[]"
    return str(value)
