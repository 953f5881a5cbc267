"""KServe's protocol for time series: `/v1/timeseries/…`."""
