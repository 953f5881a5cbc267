"""Tables of series: bytes of any file format become a checked table in the long format."""
