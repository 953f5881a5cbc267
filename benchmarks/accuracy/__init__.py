"""How accurate the forecasts are on public sets, beside statistics and published scores."""
