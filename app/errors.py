"""The errors that the service itself raises, and the HTTP status of every error.

ServiceError
├── BodyTooLargeError            413  the body is larger than the service accepts
├── TableTooLargeError           413  the table takes more memory than the service allows
├── BodyBrokenError              400  the body is not what its headers say
├── EncodingError                415  the content-encoding is unknown
├── MediaTypeError               415  the operation does not read bodies of this media type
│   └── DocumentTypeError        415  a JSON document was sent as a table
├── NotAcceptableError           406  the service has no media type that the client accepts
├── GuideNotBuiltError           404  the documentation was not built
├── JobNotFoundError             404  there is no such job
├── TooManyJobsError             429  too many jobs wait
├── JobEndedError                409  the job is over and cannot be cancelled
├── ResultNotReadyError          409  the job is not over
├── NoResultError                409  the job has no result
├── IdempotencyKeyReusedError    422  the key belongs to another request
├── JobsDiskFullError            507  the disk of the jobs folder is full
├── JobsUnavailableError         503  the jobs folder cannot be read or written
│   └── LedgerUnavailableError   503  the ledger in PostgreSQL cannot be used
├── TablesUnavailableError       503  no process can be started that reads tables
├── OverloadedError              503  too many forecasts wait
├── DeadlineError                503  the forecast took too long
└── NotReadyError                503  the model is not loaded yet

What only one feature raises, such as a protocol of another system, is declared beside that feature.
The core's errors are in forecasting/errors.py; `status_of` gives them their status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from forecasting.errors import (
    AliasMovedError,
    BrokenVersionError,
    ConflictError,
    DiskFullError,
    ForecastingError,
    NetworkOutputError,
    NotFoundError,
    RecipeError,
    RequestError,
    SeriesError,
    StoreError,
)


class ServiceError(Exception):
    """The base of all errors that the service itself raises."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    headers: Mapping[str, str] = MappingProxyType({})


class BodyTooLargeError(ServiceError):
    """The body is larger than the service accepts."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"More than {limit} bytes were sent, packed or unpacked. Send fewer values at a time. "
            "Whoever runs the service sets the limit (FORECAST_MAX_BODY_BYTES)."
        )


class TableTooLargeError(ServiceError):
    """The table takes more memory than the service allows."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "table_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The table takes more than {limit} bytes of memory. Send fewer rows, or raise "
            "FORECAST_MAX_TABLE_BYTES."
        )


class BodyBrokenError(ServiceError):
    """The body is not what its headers say."""

    status = HTTPStatus.BAD_REQUEST
    code = "body_broken"


class EncodingError(ServiceError):
    """The content-encoding is unknown."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "encoding_unsupported"
    headers = MappingProxyType({"Accept-Encoding": "gzip, zstd"})

    def __init__(self, encoding: str) -> None:
        super().__init__(f"The content-encoding {encoding!r} is unknown. Send gzip, zstd or none.")


class MediaTypeError(ServiceError):
    """The operation does not read bodies of this media type."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "media_type_unsupported"

    def __init__(self, media_type: str, cure: str) -> None:
        problem = f"Bodies of the media type {media_type} are not read."
        if not media_type:
            problem = "The header content-type, which says what the body is, is missing."
        elif media_type == "application/x-www-form-urlencoded":
            problem = (
                f"The header content-type says {media_type}, as curl does with -d or --data-binary "
                "unless -H gives it another. If the body is JSON, add -H 'content-type: "
                "application/json'."
            )
        super().__init__(f"{problem} {cure}")


class DocumentTypeError(MediaTypeError):
    """A JSON document was sent as a table, which holds no options."""

    def __init__(self, media_type: str) -> None:
        super(MediaTypeError, self).__init__(
            f"What was sent as {media_type} is no table, but a JSON document with options. Send it "
            "as the body, with the header content-type: application/json."
        )


class NotAcceptableError(ServiceError):
    """The service has no media type that the client accepts."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "not_acceptable"

    def __init__(self, accept: str, offered: Sequence[str]) -> None:
        super().__init__(
            f"The service has none of the media types in accept: {accept[:200]}. It has "
            f"{', '.join(offered)}."
        )


class GuideNotBuiltError(ServiceError):
    """The documentation was not built."""

    status = HTTPStatus.NOT_FOUND
    code = "guide_not_built"

    def __init__(self) -> None:
        super().__init__("The guide was not built. `make docs` builds it; its pages are in docs/.")


class JobNotFoundError(ServiceError):
    """There is no such job."""

    status = HTTPStatus.NOT_FOUND
    code = "job_not_found"


class TooManyJobsError(ServiceError):
    """Too many jobs wait."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_jobs"
    headers = MappingProxyType({"Retry-After": "30"})

    def __init__(self, waiting: int) -> None:
        super().__init__(
            f"{waiting} jobs are waiting, as many as FORECAST_MAX_QUEUED_JOBS allows. "
            "Try again later."
        )


class JobEndedError(ServiceError):
    """The job is over and cannot be cancelled."""

    status = HTTPStatus.CONFLICT
    code = "job_ended"


class ResultNotReadyError(ServiceError):
    """The job is not over."""

    status = HTTPStatus.CONFLICT
    code = "result_not_ready"


class NoResultError(ServiceError):
    """The job has no result: it is no backtest, or it did not succeed."""

    status = HTTPStatus.CONFLICT
    code = "job_without_result"


class IdempotencyKeyReusedError(ServiceError):
    """The key belongs to another request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key came before, with another body. Use a new key for a new job."
        )


class JobsDiskFullError(ServiceError):
    """The disk of the jobs folder is full."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "disk_full"

    def __init__(self) -> None:
        super().__init__("The disk that holds FORECAST_JOBS_DIR is full. Nothing was changed.")


class JobsUnavailableError(ServiceError):
    """The jobs folder cannot be read or written."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "jobs_unavailable"
    headers = MappingProxyType({"Retry-After": "10"})

    def __init__(self, reason: Exception) -> None:
        super().__init__(f"FORECAST_JOBS_DIR cannot be read or written: {reason}.")


class LedgerUnavailableError(JobsUnavailableError):
    """The ledger in PostgreSQL cannot be used."""

    def __init__(
        self, detail: str = "The database of the jobs cannot be used now. Try again later."
    ) -> None:
        super(JobsUnavailableError, self).__init__(detail)


class TablesUnavailableError(ServiceError):
    """No process can be started that reads tables."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "tables_unavailable"
    headers = MappingProxyType({"Retry-After": "10"})

    def __init__(self, reason: Exception) -> None:
        super().__init__(f"No process can be started that reads tables: {reason}. Send JSON.")


class OverloadedError(ServiceError):
    """Too many forecasts wait."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "overloaded"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many forecasts are waiting. Try again in {retry_after} s.")
        self.headers = {"Retry-After": str(retry_after)}


class DeadlineError(ServiceError):
    """The forecast took too long."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "deadline_exceeded"
    headers = MappingProxyType({"Retry-After": "1"})

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The forecast took longer than {seconds:g} s. Ask for fewer series or steps, or raise "
            "FORECAST_REQUEST_TIMEOUT_S."
        )


class NotReadyError(ServiceError):
    """The model is not loaded yet."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "not_ready"
    headers = MappingProxyType({"Retry-After": "2"})


_STATUS_OF_CORE_ERRORS: dict[type[ForecastingError], HTTPStatus] = {
    SeriesError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RecipeError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    AliasMovedError: HTTPStatus.PRECONDITION_FAILED,
    BrokenVersionError: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    DiskFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    NetworkOutputError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: ServiceError | ForecastingError) -> HTTPStatus:
    """Return the status of an error's class, or else that of the nearest class above it."""
    if isinstance(error, ServiceError):
        return error.status
    statuses = (_STATUS_OF_CORE_ERRORS.get(kind) for kind in type(error).__mro__)
    return next(filter(None, statuses), HTTPStatus.INTERNAL_SERVER_ERROR)
