"""Where the service is, and what each request to it carries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from forecast_client.errors import ConfigurationError, UnreachableError

DEFAULT_URL = "http://localhost:8000"
URL_VARIABLE = "FORECAST_URL"
KEY_VARIABLE = "FORECAST_API_KEY"
_START = (
    "Start it with `make serve` or `docker compose up` in the folder of the project, or name "
    f"another address with --url, the argument url or {URL_VARIABLE}."
)


def address_of(url: str | None) -> str:
    """Return the address of the service: `url`, or that of the environment, or the default.

    Raises:
        ConfigurationError: It is no address of a web server.
    """
    address = (url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).strip()
    if "://" not in address:
        address = f"http://{address}"
    try:
        parsed = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"{address} is no address: {error}.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ConfigurationError(
            f"{address} is no address of a service. Write it as http://host:8000 or https://host."
        )
    return address.rstrip("/")


def headers_for(api_key: str | None) -> dict[str, str]:
    """Return the headers of every request; the key is `api_key`, or that of the environment.

    Raises:
        ConfigurationError: The key has characters that no key has. The error does not show it.
    """
    key = (api_key or os.environ.get(KEY_VARIABLE) or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(
            "The API key has characters that no key has, such as letters with accents or line "
            f"breaks. Copy it again, to {KEY_VARIABLE} or the argument api_key."
        )
    return {"x-api-key": key} if key else {}


def timeouts(seconds: float) -> httpx.Timeout:
    """Return how long to wait: for the connection shortly, for an answer `seconds`."""
    return httpx.Timeout(seconds, connect=10)


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Send a request to the service at `url` within this.

    Raises:
        UnreachableError: It cannot be sent, or is not answered.
    """
    try:
        yield
    except httpx.TransportError as error:
        raise UnreachableError(_unreachable(url, error)) from error


def _unreachable(url: str, error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectError):
        cure = _START if url == DEFAULT_URL else "Is it running, and is the address right?"
        return f"No service answers at {url}. {cure}"
    if isinstance(error, httpx.TimeoutException):
        return f"The service at {url} has not answered in time. Pass a longer timeout."
    return f"The connection to the service at {url} was lost: {error}."
