"""What is made of series: forecasts, scores of a backtest, scored values."""
