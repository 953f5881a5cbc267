"""Traces for OpenTelemetry, with which a process goes on where another one began.

The packages of the extra `traces` are needed, and imported when they are. Its SDK reads the
variables of OpenTelemetry's specification, such as those that say where spans are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SCOPE = "forecasting"
_SERVICE = "forecasting-service"


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Return whether these variables name a place that spans are sent to."""
    disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not disabled and any(environment.get(name) for name in ENDPOINTS)


def open_provider() -> TracerProvider:
    """Return what makes tracers, whose spans are sent by OTLP over HTTP in a thread of its own.

    Raises ImportError without the extra `traces`.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    usual = Resource.create().merge(Resource({SERVICE_NAME: _SERVICE}))
    provider = TracerProvider(resource=usual.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def context_of(carrier: Mapping[str, str]) -> Context:
    """Return the context that the W3C's `traceparent` and `tracestate` in `carrier` name.

    Without them, or with some that make no sense, it is a new one.
    """
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract(carrier)
