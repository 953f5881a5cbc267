"""A real service in a thread of the test's own process, so that the test can change its parts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

from app.main import create_app
from app.settings.settings import Settings
from tests.support.service import NO_TLS, wait_until


@contextmanager
def service_thread(settings: Settings) -> Iterator[httpx.Client]:
    """Serve on a free port; gives a client of the service, which is ready."""
    with app_thread(create_app(settings)) as client:
        wait_until(lambda: client.get("/health/ready").is_success, what="the default model")
        yield client


@contextmanager
def app_thread(app: ASGIApp) -> Iterator[httpx.Client]:
    """Serve any application on a free port; gives a client of it."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), what="the service")
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=60, verify=NO_TLS) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
