"""From the rows of a piece to series that can be forecast, and those that cannot."""
