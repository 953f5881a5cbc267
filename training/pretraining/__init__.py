"""Training one network on series of every kind, so that it forecasts series it never saw."""
