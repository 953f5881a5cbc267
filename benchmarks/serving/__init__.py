"""How fast the service answers, beside the framework itself and the usual way to do it."""
