"""Every error that the core raises.

ForecastingError
├── SeriesError       a series that cannot be forecast or trained on
├── RequestError      a horizon, quantile or level that the model cannot answer
├── RecipeError       a recipe that does not fit the data, or is unknown
├── DataFileError     a data file that cannot be read as series
├── NotFoundError     no such model, version or alias
├── ConflictError     what the models in the store do not allow as they stand
├── AliasMovedError   an alias is no longer what the caller takes it for
├── StoreError        the model store cannot be written
│   └── DiskFullError   it, or a job's folder, has no room
├── AttemptOverError  a training job has gone on without this attempt at it
├── BrokenVersionError  a version folder, network or scaler that must not be used
└── NetworkOutputError  a network answered with something that is not a number

`code` is stable and meant for programs; `path` is the place in the caller's data.
"""

Path = tuple[str | int, ...]


class ForecastingError(Exception):
    code = "forecasting_error"

    def __init__(self, message: str, *, code: str | None = None, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        if code is not None:
            self.code = code

    def under(self, *prefix: str | int) -> "ForecastingError":
        """The same error, its path seen from further out."""
        self.path = (*prefix, *self.path)
        return self


class SeriesError(ForecastingError):
    code = "series_invalid"


class RequestError(ForecastingError):
    code = "request_invalid"


class RecipeError(ForecastingError):
    code = "recipe_invalid"


class DataFileError(ForecastingError):
    code = "data_file_invalid"


class NotFoundError(ForecastingError):
    code = "not_found"


class ConflictError(ForecastingError):
    code = "conflict"


class AliasMovedError(ForecastingError):
    code = "alias_moved"


class StoreError(ForecastingError):
    code = "store_not_writable"


class DiskFullError(StoreError):
    code = "disk_full"


class AttemptOverError(ForecastingError):
    code = "attempt_over"


class BrokenVersionError(ForecastingError):
    code = "version_broken"


class NetworkOutputError(ForecastingError):
    code = "forecast_not_finite"
