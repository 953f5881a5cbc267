"""Asks Azure's client for what a file says, and prints what it got: values, or an error."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from azure.ai.anomalydetector import AnomalyDetectorClient, models
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

READ = {
    "entire": (
        *("period", "expected_values", "upper_margins", "lower_margins", "severity"),
        *("is_anomaly", "is_negative_anomaly", "is_positive_anomaly"),
    ),
    "last": (
        *("period", "suggested_window", "expected_value", "upper_margin", "lower_margin"),
        *("severity", "is_anomaly", "is_negative_anomaly", "is_positive_anomaly"),
    ),
    "change_point": ("period", "is_change_point", "confidence_scores"),
}


def ask(client: AnomalyDetectorClient, method: str, options: dict[str, Any]) -> dict[str, Any]:
    detect, of_options = {
        "entire": (client.detect_univariate_entire_series, models.UnivariateDetectionOptions),
        "last": (client.detect_univariate_last_point, models.UnivariateDetectionOptions),
        "change_point": (
            client.detect_univariate_change_point,
            models.UnivariateChangePointDetectionOptions,
        ),
    }[method]
    times = options.pop("times", None) or [None] * len(options["values"])
    points = [
        models.TimeSeriesPoint(value=value, timestamp=time and datetime.fromisoformat(time))
        for time, value in zip(times, options.pop("values"), strict=True)
    ]
    try:
        found = detect(of_options(series=points, **options))
    except HttpResponseError as error:
        return {"status": error.status_code, "code": error.error.code, "text": error.message}
    return {name: getattr(found, name) for name in READ[method]}


def main(url: str, key: str, path: str) -> None:
    client = AnomalyDetectorClient(url, AzureKeyCredential(key))
    asked = json.loads(Path(path).read_text())
    found = [ask(client, method, options) for method, options in asked]
    sys.stdout.write(json.dumps(found))


main(*sys.argv[1:])
