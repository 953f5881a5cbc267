"""The span of a job, in the trace of the request that asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from forecasting.jobs.job_spec import JobSpec, TrainingSpec
from forecasting.tracing import SCOPE, context_of, is_wanted, open_provider


@contextmanager
def traced(
    spec: JobSpec, attempt: str, environment: Mapping[str, str], say: Callable[[str], None]
) -> Iterator[None]:
    """Make a span of what happens inside, if the request was traced and spans are sent from here.

    A job does not fail because its span cannot be made or sent; `say` is told why it is not.
    """
    if spec.traceparent is None or not is_wanted(environment):
        yield
        return
    try:
        provider = open_provider()
    except ImportError as error:
        say(f"the job is not traced: {error}")
        yield
        return
    model = spec.options.model if isinstance(spec, TrainingSpec) else spec.model
    try:
        with provider.get_tracer(SCOPE).start_as_current_span(
            f"job {spec.kind}",
            context_of({"traceparent": spec.traceparent}),
            attributes={
                "forecast.job": spec.id,
                "forecast.attempt": attempt,
                "forecast.model": model,
            },
        ):
            yield
    finally:
        provider.shutdown()
