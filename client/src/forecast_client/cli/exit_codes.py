"""The exit codes of the commands, and what is said about an error."""

from __future__ import annotations

from enum import IntEnum

from forecast_client.errors import (
    ConfigurationError,
    ForecastError,
    JobError,
    OverloadedError,
    ProblemError,
    UnreachableError,
)


class ExitCode(IntEnum):
    """How a command ended. Ctrl-C, which cancels a job, is 130."""

    DONE = 0
    REFUSED = 1
    """The data cannot be sent, or the service refused it, or the output cannot be written."""
    WRONG_USAGE = 2
    """The command is written wrongly, or the address or the key cannot be used."""
    UNREACHABLE = 3
    """No service answers, or another server does."""
    UNAVAILABLE = 4
    """The service failed or has too much to do: the same request may succeed later."""
    JOB_FAILED = 5
    """A job has failed or was cancelled."""


def exit_code(error: ForecastError) -> ExitCode:
    """Return the exit code for an error."""
    if isinstance(error, ConfigurationError):
        return ExitCode.WRONG_USAGE
    if isinstance(error, UnreachableError):
        return ExitCode.UNREACHABLE
    if isinstance(error, JobError):
        return ExitCode.JOB_FAILED
    if isinstance(error, OverloadedError) or (
        isinstance(error, ProblemError) and error.status >= 500
    ):
        return ExitCode.UNAVAILABLE
    return ExitCode.REFUSED
