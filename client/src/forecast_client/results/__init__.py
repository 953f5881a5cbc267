"""What the service answers, as values and as data frames."""
