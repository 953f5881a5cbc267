"""Signatures of networks that tests describe, without a network."""

from forecasting.networks.signature import Signature


def any_series_signature(
    *, context_length: int, horizon: int, history_length: int = 2048
) -> Signature:
    """Return the signature of a network that forecasts any series, its season taken out."""
    return Signature(
        context_length=context_length,
        horizon=horizon,
        inputs=("value", "observed", "season"),
        quantiles=(0.1, 0.5, 0.9),
        history_length=history_length,
        shortest_context=3,
    )
