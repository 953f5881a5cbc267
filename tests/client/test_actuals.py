"""What really happened, from the frame or the list that the client's forecast is."""

from __future__ import annotations

import pandas as pd
import pytest

from forecast_client import ForecastClient, ProblemError


def test_forecasts_are_kept_and_scored(
    forecasting: ForecastClient, passengers_frame: pd.DataFrame
) -> None:
    past, happened = passengers_frame.iloc[:-6], passengers_frame.iloc[-6:]
    forecast = forecasting.predict(past.assign(unique_id="kept"), horizon=6, track=True)
    (series,) = forecast
    assert set(forecast.frame["forecast_id"]) == {series.forecast_id}
    answer = forecasting.actuals(happened.assign(unique_id="kept"))
    assert (answer["matched"], answer["forecasts"]) == (6, 1)
    by_forecast = forecast.frame[["forecast_id", "ds"]].assign(y=happened["y"].to_numpy())
    assert forecasting.actuals(by_forecast, by="forecast")["replaced"] == 0
    listed = forecasting.predict([1.0, 2.0, 4.0, 3.0, 5.0], horizon=2, track=True)
    assert list(listed.frame["forecast_id"]) == [listed[0].forecast_id] * 2
    given = {"forecast_id": listed[0].forecast_id, "values": [4, 6]}
    assert forecasting.actuals(given)["matched"] == 2
    found = forecasting.performance(forecast.model, forecast.version)
    assert found["evaluated"] == 2
    with pytest.raises(ProblemError, match="no value belongs to a forecast"):
        forecasting.actuals(happened.assign(unique_id="other"))
