"""Covariates as callers give them: columns of their own, or days of the calendar by name."""
