"""What the command stops for."""

from forecasting.errors import ForecastingError


class BenchmarkError(ForecastingError):
    """In words for the person who runs it."""

    code = "benchmark_error"
