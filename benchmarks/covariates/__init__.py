"""How much covariates help: rolling forecasts with and without them, beside other methods."""
