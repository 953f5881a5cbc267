"""What callers get who have no key, not the right one, or ask for too much.

ServiceError
├── KeyMissingError      401  the operation needs a key
├── KeyUnknownError      401  the key is not valid
├── ScopeMissingError    403  the key is not for this operation
├── ModelForbiddenError  403  the key may not change this model
├── KeyTiedError         403  the key is tied to models, and this is about all of them
├── CrossSiteError       403  the page of another site sends the request
└── RateLimitError       429  the caller has sent too many requests within a minute
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from types import MappingProxyType

from app.errors import ServiceError


class KeyMissingError(ServiceError):
    """The operation needs a key."""

    status = HTTPStatus.UNAUTHORIZED
    code = "key_missing"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})

    def __init__(self) -> None:
        super().__init__(
            "This operation needs an API key, in the header Authorization: Bearer … or X-API-Key."
        )


class KeyUnknownError(ServiceError):
    """The key is not valid."""

    status = HTTPStatus.UNAUTHORIZED
    code = "key_unknown"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer error="invalid_token"'})

    def __init__(self) -> None:
        super().__init__(
            "The API key is not valid, or not any more. Ask whoever runs the service for one."
        )


class ScopeMissingError(ServiceError):
    """The key is not for this operation."""

    status = HTTPStatus.FORBIDDEN
    code = "scope_missing"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer error="insufficient_scope"'})

    def __init__(
        self,
        name: str,
        needed: Collection[str],
        scopes: Collection[str],
        *,
        to: str = "For this operation",
    ) -> None:
        super().__init__(
            f"The key of {name} is for {', '.join(sorted(scopes))}. {to}, a key for "
            f"{' or '.join(sorted(needed))} is needed."
        )


class ModelForbiddenError(ServiceError):
    """The key may not change this model."""

    status = HTTPStatus.FORBIDDEN
    code = "model_forbidden"

    def __init__(self, model: str, prefix: str) -> None:
        super().__init__(
            f"Your key may only change models whose names begin with {prefix!r}, and so not "
            f"{model!r}."
        )


class KeyTiedError(ServiceError):
    """The key is tied to models, and this is about all of them."""

    status = HTTPStatus.FORBIDDEN
    code = "key_tied_to_models"

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"Your key is tied to models whose names begin with {prefix!r}, and this is about all "
            "models. Use a key that is tied to none."
        )


class CrossSiteError(ServiceError):
    """The page of another site sends the request."""

    status = HTTPStatus.FORBIDDEN
    code = "cross_site"

    def __init__(self) -> None:
        super().__init__(
            "A page of another site has sent this through your browser. Programs and the service's "
            "own page may ask for it."
        )


class RateLimitError(ServiceError):
    """The caller has sent too many requests within a minute."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"

    def __init__(self, rule: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"{rule} Try again in {headers['Retry-After']} s.")
        self.headers = headers
