"""Asks a running service with KServe's own models of requests and answers.

Arguments: the address of the service, and a file of values. It prints what was answered, as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from kserve.protocol.rest.timeseries.types import (
    FREQUENCY_MAP,
    ErrorResponse,
    ForecastOptions,
    ForecastRequest,
    ForecastResponse,
    TimeSeriesInput,
)

address, file = sys.argv[1:]
values = json.loads(Path(file).read_text())
STARTS = {"M": "2025-01-31T13:10:00Z", "Q": "2025-02-05T00:00:00Z"}
ANY_START = "2025-06-05T13:10:00Z"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def ask(model: str = "tiny", **changes: Any) -> requests.Response:
    """Return the answer to a request that KServe's models take for one."""
    inputs = [
        TimeSeriesInput(
            type="univariate_time_series",
            name=frequency,
            series=values,
            frequency=frequency,
            start_timestamp=STARTS.get(frequency, ANY_START),
        )
        for frequency in FREQUENCY_MAP
    ]
    options = ForecastOptions(horizon=3, quantiles=[0.1, 0.9])
    given = {"model": model, "inputs": inputs, "options": options} | changes
    body = ForecastRequest(**given).model_dump_json()
    return requests.post(f"{address}/v1/timeseries/forecast", data=body, timeout=60)


answer = ForecastResponse.model_validate_json(ask().text)
starts = {}
for output in answer.outputs:
    (content,) = output.content
    given = datetime.strptime(STARTS.get(content.name, ANY_START), _FORMAT)  # noqa: DTZ007
    expected = given + FREQUENCY_MAP[content.frequency](len(values))
    starts[content.name] = [content.start_timestamp, expected.strftime(_FORMAT)]
errors = {
    "model": ask(model="Nothing"),
    "horizon": ask(options=ForecastOptions(horizon=0)),
    "type": ask(
        inputs=[
            TimeSeriesInput(
                type="multivariate_time_series", name="a", series=[values], frequency="D"
            )
        ]
    ),
}
sys.stdout.write(
    json.dumps(
        {
            "answer": answer.model_dump(mode="json"),
            "starts": starts,
            "errors": {
                name: ErrorResponse.model_validate_json(refused.text).error.model_dump()
                for name, refused in errors.items()
            },
            "plain": ask(model="plain", options=ForecastOptions(horizon=2)).json(),
            "none": ask(inputs=[]).json()["outputs"],
            "models": requests.get(f"{address}/v1/timeseries/models", timeout=60).json(),
        }
    )
)
