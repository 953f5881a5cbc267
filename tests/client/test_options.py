"""The client has the options that the service has."""

from typing import get_type_hints

import pytest
from pydantic import BaseModel

from app.anomalies.schemas import AnomaliesOptions
from app.backtest.schemas import BacktestOptions
from app.bulk.schemas import BulkRequest
from app.inspect.schemas import InspectOptions
from app.predict.schemas import PredictOptions
from app.requests.table_fields import TableFields
from app.tracking.schemas import ActualsOptions
from app.train.schemas import TrainOptions
from forecast_client import options


@pytest.mark.parametrize(
    ("of_service", "of_client"),
    [
        (PredictOptions, options.PredictOptions),
        (BacktestOptions, options.BacktestOptions),
        (AnomaliesOptions, options.AnomaliesOptions),
        (InspectOptions, options.InspectOptions),
        (ActualsOptions, options.ActualsOptions),
        (TrainOptions, options.TrainOptions),
    ],
)
def test_options_are_those_of_the_service(of_service: type[BaseModel], of_client: type) -> None:
    known = {*of_service.model_fields, *TableFields.model_fields}
    assert {"model", *get_type_hints(of_client)} == known


def test_options_of_bulk_jobs_are_those_of_the_service() -> None:
    known = set(BulkRequest.model_fields) - {"input", "output"}
    assert set(get_type_hints(options.BulkOptions)) == known
