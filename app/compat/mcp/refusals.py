"""Why a message of an agent is not answered."""

from __future__ import annotations

from http import HTTPStatus

from app.errors import ServiceError


class AgentsUnavailableError(ServiceError):
    """The package that speaks the protocol is not installed."""

    status = HTTPStatus.NOT_IMPLEMENTED
    code = "agents_unavailable"

    def __init__(self, reason: ModuleNotFoundError) -> None:
        super().__init__(
            f"MCP needs a package that is not installed here: {reason}. Whoever runs the service "
            "can install it (pip install mcp)."
        )


class MessageTooLongError(ServiceError):
    """More is long in a message than the arguments of a call."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "message_too_long"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"Only the arguments of a call may be long; all else in a message takes {most} bytes "
            "at most, and here it takes more."
        )


class HostForbiddenError(ServiceError):
    """The message is sent to a name that is not the service's."""

    status = HTTPStatus.MISDIRECTED_REQUEST
    code = "host_forbidden"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"Agents do not reach this service by the name {host[:80]!r}. If it is the service's, "
            "whoever runs it adds it to FORECAST_MCP_HOSTS, or asks for keys "
            "(FORECAST_API_KEYS_FILE)."
        )


class OriginForbiddenError(ServiceError):
    """The page of another site sends the message."""

    status = HTTPStatus.FORBIDDEN
    code = "origin_forbidden"

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"Pages of {origin[:80]!r} may not use this service's tools. If they should, whoever "
            "runs it adds the name to FORECAST_MCP_HOSTS."
        )
