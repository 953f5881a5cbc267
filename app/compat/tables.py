"""Tables of forecasts for protocols that answer them in formats and with names of their own."""

from __future__ import annotations

from app.predict.render import Answer, render_table
from forecasting.tables.formats import ARROW_STREAM
from forecasting.tables.libraries import pa


def table_of(answer: Answer) -> pa.Table:
    """Return the table that `/predict` answers, without its metadata."""
    stream = pa.BufferReader(render_table(answer, ARROW_STREAM))
    return pa.ipc.open_stream(stream).read_all().replace_schema_metadata()
