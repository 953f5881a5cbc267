"""How much is done for a forecast, and how much work that is."""

from __future__ import annotations

from typing import Literal

from forecasting.networks.signature import Signature

Effort = Literal["fast", "standard", "best"]
"""The network's plain forecast, the Forecaster's own, or the mean of several looks (`best.py`)."""
NETWORK_LOOKS = 6
"""How many looks at a series a network is run for; one of them is that of a larger network."""
MOST_WINDOWS = 3
"""Each series is forecast at so many cutoffs in its past at most."""


def usable_effort(effort: Effort, signature: Signature) -> Effort:
    """Return the effort that is made if `effort` is asked for.

    A network that sees values with their season was trained on series of one kind. It would not
    know what it is shown by other looks, so that it has no best effort.
    """
    return effort if signature.takes_season_out else "standard"


def network_runs(effort: Effort) -> int:
    """Return how often the network is run at most for what takes it one run without effort."""
    return NETWORK_LOOKS * (1 + MOST_WINDOWS) if effort == "best" else 1
