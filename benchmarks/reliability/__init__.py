"""Whether the service keeps its promises when much is asked of it and much goes wrong."""
