"""The forms of MLflow's scoring server that hold a table."""
