"""Every error that the core raises.

ForecastingError
├── SeriesError         a series cannot be forecast or trained on
│   └── TooFewTimestampsError  its timestamps are too few to show a frequency
├── RequestError        the model cannot answer the horizon, quantiles or levels that were requested
├── RecipeError         a recipe is unknown or does not fit the data
├── DataFileError       a data file cannot be read as series
├── NotFoundError       the store has no such model, version or alias
├── ConflictError       the present state of the store does not allow the change
├── AliasMovedError     an alias was moved since the caller read it
├── SigningKeyError     a key for signing versions, or for checking them, is missing or no key
├── StoreError          the model store cannot be written
│   ├── DiskFullError   the disk of the store or of a job's folder is full
│   └── StoreUnreachableError  the object store that holds the models does not answer
├── AttemptOverError    a training job goes on without this attempt at it
├── BrokenVersionError  a version's folder, network or scaler is damaged and must not be used
│   └── VersionUnavailableError  a version cannot be read or loaded at the moment
└── NetworkOutputError  a network's output is not finite
"""

from typing import Self

Path = tuple[str | int, ...]
"""Where in the caller's data an error lies, such as ("series", 0, "values", 3)."""


class ForecastingError(Exception):
    """The base of all errors that the core raises.

    `message` is a sentence for people, `code` a stable name for programs, and `path` the place in
    the caller's data. An error is not changed once it is raised: `at`, `under` and `with_message`
    return a new one.
    """

    code = "forecasting_error"

    def __init__(self, message: str, *, code: str | None = None, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        if code is not None:
            self.code = code

    def at(self, *path: str | int) -> Self:
        """Return the same error at another place."""
        return type(self)(self.message, code=self.code, path=path)

    def under(self, *prefix: str | int) -> Self:
        """Return the same error with its place as the caller of the failed function sees it."""
        return self.at(*prefix, *self.path)

    def with_message(self, message: str) -> Self:
        """Return the same error with another message."""
        return type(self)(message, code=self.code, path=self.path)


class SeriesError(ForecastingError):
    """A series cannot be forecast or trained on."""

    code = "series_invalid"


class TooFewTimestampsError(SeriesError):
    """The timestamps of a series are too few to show a frequency; those of others may show it."""

    code = "timestamps_irregular"


class RequestError(ForecastingError):
    """The model cannot answer the horizon, quantiles or levels that were requested."""

    code = "request_invalid"


class RecipeError(ForecastingError):
    """A recipe is unknown or does not fit the data."""

    code = "recipe_invalid"


class DataFileError(ForecastingError):
    """A data file cannot be read as series."""

    code = "data_file_invalid"


class NotFoundError(ForecastingError):
    """The store has no such model, version or alias."""

    code = "not_found"


class ConflictError(ForecastingError):
    """The present state of the store does not allow the change."""

    code = "conflict"


class AliasMovedError(ForecastingError):
    """An alias was moved since the caller read it."""

    code = "alias_moved"


class SigningKeyError(ForecastingError):
    """A key for signing versions, or for checking signatures, is missing or no key."""

    code = "signing_key_invalid"


class StoreError(ForecastingError):
    """The model store cannot be written."""

    code = "store_not_writable"


class DiskFullError(StoreError):
    """The disk of the store or of a job's folder is full."""

    code = "disk_full"


class StoreUnreachableError(StoreError):
    """The object store that holds the models does not answer, or refuses to."""

    code = "store_unreachable"
    retry_after = 5
    """The seconds after which another try may succeed."""


class AttemptOverError(ForecastingError):
    """A training job goes on without this attempt at it."""

    code = "attempt_over"


class BrokenVersionError(ForecastingError):
    """A version's folder, network or scaler is damaged and must not be used."""

    code = "version_broken"


class VersionUnavailableError(BrokenVersionError):
    """A version cannot be read or loaded at the moment; `retry_after` says when to try again."""

    code = "version_unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        """Take the message, and the seconds after which another try may succeed."""
        super().__init__(message)
        self.retry_after = retry_after


class NetworkOutputError(ForecastingError):
    """A network's output is not finite."""

    code = "forecast_not_finite"
