"""How much of the throughput of HTTP the Python client leaves."""
