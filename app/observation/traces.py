"""Spans of requests and of their networks, for OpenTelemetry.

They are there if OTEL_EXPORTER_OTLP_ENDPOINT says where to send them; otherwise nothing is traced,
and none of this is imported.
"""

from __future__ import annotations

import time
from time import perf_counter_ns

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.types import ASGIApp, Receive, Scope, Send

from app.observation.middleware import route_of
from app.observation.record import NetworkTimes, current_record
from forecasting.tracing import SCOPE, context_of

_NOT_TRACED = {"/health/live", "/health/ready", "/metrics"}
_CARRIED = {b"traceparent": "traceparent", b"tracestate": "tracestate"}
_NANOSECONDS = 1_000_000_000


class Traced:
    """Makes a span of each request, within the trace that its header `traceparent` names.

    It stands within `Observed`, whose record of the request says how that was answered.
    """

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self._app = app
        self._tracer = provider.get_tracer(SCOPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and end its span with its answer."""
        if scope["type"] != "http" or scope["path"] in _NOT_TRACED:
            await self._app(scope, receive, send)
            return
        carrier = {
            _CARRIED[name]: value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _CARRIED
        }
        span = self._tracer.start_span(
            scope["method"], context=context_of(carrier), kind=SpanKind.SERVER
        )
        record = current_record()
        record.traceparent, record.networks = _traceparent(span), []
        try:
            await self._app(scope, receive, send)
        finally:
            self._end(span, scope)

    def _end(self, span: Span, scope: Scope) -> None:
        record, route = current_record(), route_of(scope)
        span.update_name(f"{scope['method']} {route}" if route else scope["method"])
        attributes = {
            "http.request.method": scope["method"],
            "http.route": route,
            "http.response.status_code": record.status,
            "url.path": scope["path"],
            "forecast.request_id": scope.get("request_id"),
            "forecast.model": record.model,
            "forecast.series": record.series or None,
        }
        span.set_attributes({name: of for name, of in attributes.items() if of is not None})
        if record.status >= 500:
            span.set_status(StatusCode.ERROR)
        within = trace.set_span_in_context(span)
        for times in record.networks or ():
            self._add_network(times, within)
        span.end()

    def _add_network(self, times: NetworkTimes, within: Context) -> None:
        """Add a span for how long a request has waited for a network, and one for its run."""
        waited = self._tracer.start_span("network", within, start_time=_moment(times.queued))
        run = self._tracer.start_span(
            "batch", trace.set_span_in_context(waited), start_time=_moment(times.started)
        )
        run.set_attribute("forecast.series", times.series)
        run.end(_moment(times.ended))
        waited.end(_moment(times.ended))


def _traceparent(span: Span) -> str:
    """Return what names a span to others: W3C, Trace Context, section 3.2."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _moment(counted: float) -> int:
    """Return a time of `perf_counter`, in seconds, as nanoseconds since 1970."""
    return time.time_ns() - perf_counter_ns() + int(counted * _NANOSECONDS)
