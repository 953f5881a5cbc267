"""`POST /train`: train a model on the caller's series."""
