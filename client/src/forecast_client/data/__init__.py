"""What callers pass, as the service reads it: series as JSON, or tables."""
