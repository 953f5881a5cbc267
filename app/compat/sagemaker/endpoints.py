"""SageMaker's endpoints, and the paths of its containers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from app.compat.answers import json_answer
from app.compat.forecasts import find_version
from app.compat.protocols import speak
from app.compat.routing import protocol_router
from app.compat.sagemaker import autogluon, chronos, deepar
from app.compat.sagemaker.documents import JSONLINES, read_document, unknown_form
from app.compat.sagemaker.errors import of_endpoint
from app.dependencies import PredictPart, RegistryPart, SettingsPart
from app.errors import ServiceError
from app.exception_handlers import problem_response
from app.health.endpoints import ready
from app.predict.service import PredictService
from app.requests.content import headers_of, media_type_of, read_body
from app.requests.request_id import request_id
from app.settings.settings import Settings
from forecasting.errors import ForecastingError, RequestError

_MEGABYTE = 2**20
_MOST_MEGABYTES = 100
"""The most that a batch transform job may send at a time, of all requests together."""
_CHOICES = (
    b"x-amzn-sagemaker-target-model",
    b"x-amzn-sagemaker-target-variant",
    b"x-amzn-sagemaker-inference-component",
)
"""The headers by which a call chooses among the models of an endpoint."""


router = protocol_router()


@router.get("/ping", name="sagemaker_ping")
async def ping(registry: RegistryPart) -> Response:
    """Whether the default model is served."""
    await ready(registry)
    return Response()


@router.get("/execution-parameters", name="sagemaker_execution_parameters")
async def execution_parameters(settings: SettingsPart) -> dict[str, Any]:
    """What a batch transform job may send."""
    payload = max(1, min(_MOST_MEGABYTES, settings.max_body_bytes // _MEGABYTE))
    return {
        "BatchStrategy": "MULTI_RECORD",
        "MaxConcurrentTransforms": _MOST_MEGABYTES // payload,
        "MaxPayloadInMB": payload,
    }


@router.post("/invocations", name="sagemaker_invocations")
async def invocations(request: Request, service: PredictPart, settings: SettingsPart) -> Response:
    """Forecast with the default model, as a container does."""
    return await _invoke(request, service, None, settings)


@router.post("/endpoints/{name}/invocations", name="sagemaker_endpoint")
async def invoke_endpoint(
    name: str, request: Request, service: PredictPart, settings: SettingsPart
) -> Response:
    """Forecast with the model that the name of the endpoint stands for."""
    model = settings.sagemaker_endpoints.get(name, name)
    try:
        await find_version(service, model)
        return await _invoke(request, service, model, settings)
    except (ForecastingError, ServiceError, ValidationError) as error:
        return of_endpoint(problem_response(request, error), request_id(request))


async def _invoke(
    request: Request, service: PredictService, model: str | None, settings: Settings
) -> Response:
    headers = headers_of(request)
    for name in _CHOICES:
        if name in headers:
            raise RequestError(
                f"An endpoint has one model here, so that the header {name.decode()} chooses "
                "nothing. Leave it out, and name the endpoint after the model.",
                code="not_supported",
            )
    content = await read_body(request, headers, settings)
    form, document = await asyncio.to_thread(read_document, content, media_type_of(headers))
    if form == "dataframe":
        if "mlflow" not in settings.protocols:
            raise unknown_form()
        from app.compat.mlflow.endpoints import TableDocument, answer

        speak(request.scope, "mlflow")
        return await answer(request, service, TableDocument.model_validate(document), model)
    if form == "autogluon":
        return await autogluon.answer(request, service, model, document)
    if form == "lines":
        batch = await asyncio.to_thread(deepar.read_lines, document)
        predictions = await deepar.predict(request, service, model, batch, content)
        return await _written_lines(batch, predictions)
    if form == "instances":
        batch = await asyncio.to_thread(deepar.read_instances, document)
        predictions = await deepar.predict(request, service, model, batch, content)
    else:
        predictions = await chronos.predict(request, service, model, document)
    return await json_answer({"predictions": predictions})


async def _written_lines(batch: deepar.Batch, predictions: Sequence[dict[str, Any]]) -> Response:
    """Write a prediction on each line, with the id of its series if that has one."""

    def write() -> bytes:
        lines = zip(batch.instances, predictions, strict=True)
        return b"\n".join(
            orjson.dumps(
                prediction if item.item_id is None else {**prediction, "item_id": item.item_id}
            )
            for item, prediction in lines
        )

    return Response(await asyncio.to_thread(write), media_type=JSONLINES)
