"""Training one network on many series of every kind, so that it forecasts those it never saw."""
