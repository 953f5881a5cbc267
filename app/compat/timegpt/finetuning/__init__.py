"""Models that are trained further on the caller's series."""
