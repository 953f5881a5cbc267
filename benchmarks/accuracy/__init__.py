"""How good the forecasts are on public sets, beside statistical methods and published scores."""
