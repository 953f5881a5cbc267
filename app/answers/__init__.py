"""What is answered: forecasts as JSON, and as tables."""
