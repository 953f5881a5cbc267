"""The speed of the service, beside the framework itself and the usual way to serve a network."""
