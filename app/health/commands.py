"""`python -m app health` says by its exit code whether what runs in this container is well."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address

from app.jobs.heartbeat import is_any_alive_here
from app.settings.environment import SettingsError, load_settings
from app.settings.settings import Settings

_PATIENCE_SECONDS = 4.0


def check_health(arguments: Sequence[str]) -> int:
    """Return 0 if the service is ready, or the worker alive if that is the role; else 1, or 2."""
    argparse.ArgumentParser(prog="python -m app health", description=__doc__).parse_args(arguments)
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if settings.role == "worker":
        problem = None if is_any_alive_here(settings.jobs_dir) else "no worker is alive here"
    else:
        problem = _why_not_ready(settings)
    if problem is not None:
        print(problem, file=sys.stderr)
    return 0 if problem is None else 1


def _why_not_ready(settings: Settings) -> str | None:
    """Ask the service itself, whatever proxies there are for other addresses."""
    connection = HTTPConnection(_reachable(settings.host), settings.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"the service does not answer: {error}"
    finally:
        connection.close()
    return None if status == HTTPStatus.OK else f"/health/ready answers {status}"


def _reachable(host: str) -> str:
    """Return an address to connect to if `host` is the one to listen on, such as 0.0.0.0."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    return host
