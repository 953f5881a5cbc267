"""What training gains: the recipe `auto` on whole data sets, beside forecasts without training."""
