"""Why a request for a training gets no model."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType

from app.errors import ServiceError


class FinetuningFailedError(ServiceError):
    """The training that a request has waited for has failed, or was cancelled."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "finetuning_failed"

    def __init__(self, job_id: str, why: str) -> None:
        super().__init__(f"No model came of the training, job {job_id}: {why}")


class FinetuningGoesOnError(ServiceError):
    """The training takes longer than its client waits for an answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "finetuning_goes_on"
    headers = MappingProxyType({"Retry-After": "5"})

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f"The training goes on, as job {job_id}. The same request waits for it again; "
            "client.jobs.finetune follows it."
        )
