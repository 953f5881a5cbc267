"""What Schemathesis is told about the service's requests. SCHEMATHESIS_HOOKS names this module."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

from forecasting.tables.formats import ARROW_STREAM, GZIP, JSON_LINES, NDJSON, PARQUET, XLSX, ZIP

# Schemathesis cannot validate the bytes that it would make for this format, and fails on them.
schemathesis.openapi.format("binary", st.text())
schemathesis.serializer.alias([PARQUET, ARROW_STREAM, XLSX, GZIP, ZIP], "application/octet-stream")
schemathesis.serializer.alias([NDJSON, JSON_LINES], "text/plain")

_SHAPES: dict[str, Any] = {
    "constant": lambda _: 1.0,
    "season": lambda step: 10.0 + step % 7,
    "growth": lambda step: 1.1 ** (step % 50),
    "rare": lambda step: float(step % 11 == 0),
    "gaps": lambda step: None if step % 5 == 2 else float(step),
}


@st.composite
def _values(draw: st.DrawFn) -> list[float | None]:
    shape = _SHAPES[draw(st.sampled_from(sorted(_SHAPES)))]
    scale = draw(st.sampled_from((1e-300, 1e-3, 1.0, -1.0, 1e9, 1e300)))
    length = draw(st.sampled_from((1, 2, 7, 30, 200)))
    values = [shape(step) for step in range(length)]
    return [None if value is None else value * scale for value in values]


_SERIES = st.fixed_dictionaries(
    {"values": _values()},
    optional={
        "id": st.sampled_from(("a", "b", "ü", "")),
        "start": st.sampled_from(("2024-01-01", "1700-02-28", "9990-01-01T23:00:00Z")),
        "frequency": st.sampled_from(("h", "D", "B", "W", "MS", "QE", "15min", "YS")),
    },
)


@schemathesis.hook
def flatmap_body(_: schemathesis.HookContext, body: Any) -> st.SearchStrategy[Any]:
    """Put series that can be forecast into every second body that has some.

    Random series are refused so early that hardly any option would be looked at.
    """
    if not isinstance(body, dict) or "series" not in body:
        return st.just(body)
    series = st.one_of(_SERIES, st.lists(_SERIES, max_size=3))
    return st.one_of(st.just(body), series.map(lambda chosen: body | {"series": chosen}))
