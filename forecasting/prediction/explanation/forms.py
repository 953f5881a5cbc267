"""The words that explanations are made of."""

from typing import Literal

Form = Literal["additive", "multiplicative"]
"""Whether components are added up or multiplied."""
Kind = Literal["level", "season", "covariate", "bounds", "remainder"]
"""What a component is: from where the forecast starts, what a season, a covariate or the bounds do
to it, and the remainder, which is what the network adds of its own."""
