"""Training by search: several candidates are trained, and the best on validation is kept."""
