"""What Schemathesis is told about the service's requests. SCHEMATHESIS_HOOKS names this module."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

from forecasting.tables.formats import ARROW_STREAM, GZIP, JSON_LINES, NDJSON, PARQUET, XLSX, ZIP

# Schemathesis cannot validate the bytes that it would make for this format, and fails on them.
schemathesis.openapi.format("binary", st.text())
schemathesis.serializer.alias([PARQUET, ARROW_STREAM, XLSX, GZIP, ZIP], "application/octet-stream")
schemathesis.serializer.alias([NDJSON, JSON_LINES], "text/plain")
