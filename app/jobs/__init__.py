"""Training jobs: a ledger that every process of the service shares, and one that runs them."""
