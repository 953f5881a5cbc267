"""The server: uvicorn, with the application in one process or in several."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import sys
from functools import partial

import uvicorn

from app.connections.protocol import ImpatientProtocol
from app.observation.logs import configure_logs
from app.observation.metrics import shared_by_workers
from app.settings.settings import Settings

_log = logging.getLogger("app")

_PATIENCE_SECONDS = 25
"""A client that does not take its answer keeps the service from stopping for so long."""


def serve(settings: Settings) -> int:
    """Serve until a signal ends the service, and return the exit code."""
    configure_logs(settings.log_level, settings.log_format)
    if _is_taken(settings.host, settings.port):
        _log.error(
            "port %d of %s is taken by another program: stop that, or choose another port by "
            "FORECAST_PORT",
            settings.port,
            settings.host,
        )
        return 1
    if settings.port:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        _log.info("open http://%s:%d in a browser for the page", host, settings.port)
    # uvicorn raises the signal again once it has shut down; a requested stop is not a failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with shared_by_workers(settings.workers):
        uvicorn.run(
            "app.main:create_app_from_environment",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            http=partial(ImpatientProtocol, patience_s=settings.client_timeout_s),  # type: ignore[arg-type]  # it is called as the class is
            access_log=False,
            log_config=None,
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_PATIENCE_SECONDS,
        )
    return 0


def _is_taken(host: str, port: int) -> bool:
    """Return whether another program listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
