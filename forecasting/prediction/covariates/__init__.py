"""Covariates: what they tell of a series, taken out before the network and put back after it."""
