"""Calls running services with boto3 and with GluonTS, and prints what these get, as JSON.

Arguments: the address of a service that asks for keys, a key, the address of one that asks for
none, and a file of monthly values.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
from botocore.config import Config
from botocore.exceptions import ClientError
from gluonts.testutil.shell import ServerFacade

guarded, key, address, file = sys.argv[1:]
values = json.loads(Path(file).read_text())
os.environ |= {
    "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": guarded,
    "AWS_DEFAULT_REGION": "eu-central-1",
}


def invoke(endpoint: str, body: Any, access_key: str = key) -> Any:
    """Return what an endpoint answers, or what the client says of its error."""
    runtime = boto3.client(
        "sagemaker-runtime",
        aws_access_key_id=access_key,
        aws_secret_access_key="anything",
        config=Config(retries={"max_attempts": 0}),
    )
    try:
        answer = runtime.invoke_endpoint(
            EndpointName=endpoint, ContentType="application/json", Body=json.dumps(body)
        )
    except ClientError as error:
        original = {
            name: error.response.get(name) for name in ("OriginalStatusCode", "OriginalMessage")
        }
        return {"Kind": type(error).__name__, **error.response["Error"], **original}
    return json.loads(answer["Body"].read())


inputs = {
    "inputs": [{"target": values, "item_id": "a", "start": "1949-01-01"}],
    "parameters": {"prediction_length": 6, "freq": "MS"},
}
server = ServerFacade(address)
entries = [
    {"start": pd.Period("1949-01", "M"), "target": np.array([*values, np.nan, 150.0])},
    {"start": pd.Period("1949-01-05", "W"), "target": np.array(values), "item_id": "b"},
]
monthly = {
    "freq": "M",
    "prediction_length": 6,
    "output_types": ["mean", "quantiles", "samples"],
    "num_samples": 5,
}
sys.stdout.write(
    json.dumps(
        {
            "chronos": invoke("tiny", inputs),
            "deepar": invoke("tiny", {"instances": [{"start": "1949-01-01", "target": values}]}),
            "mistake": invoke("tiny", {"inputs": [{"target": ["x"]}]}),
            "no_endpoint": invoke("Nothing", inputs),
            "no_key": invoke("tiny", inputs, "AKIAIOSFODNN7EXAMPLE"),
            "ping": server.ping(),
            "parameters": server.execution_parameters(),
            "monthly": server.invocations(entries[:1], monthly),
            "weekly": server.invocations(entries[1:], {"freq": "W", "prediction_length": 6}),
            "none": server.invocations([], monthly),
            "lines": server.batch_invocations([entries[0] | {"item_id": "a"}, entries[0]]),
        }
    )
)
