"""The server: uvicorn, with the application in one process or in several."""

from __future__ import annotations

import signal
import sys
from functools import partial

import uvicorn

from app.observation.metrics import shared_by_workers
from app.serving.connections import ImpatientProtocol
from app.settings import Settings

_PATIENCE_SECONDS = 25
"""A client that does not take its answer keeps the service from stopping for so long."""


def serve(settings: Settings) -> int:
    """Serve until a signal ends the service, and return the exit code."""
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
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_PATIENCE_SECONDS,
        )
    return 0
