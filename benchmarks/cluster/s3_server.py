"""An S3 server that others wrote, moto's, on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class _OneAtATime:
    """Moto checks the condition of a write and writes in two steps; S3 does so in one.

    So requests are answered one after the other, in the order in which they came.
    """

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._thread = ThreadPoolExecutor(1)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        return self._thread.submit(lambda: [b"".join(self._moto(environ, start))]).result()


@contextmanager
def s3_server(port: int = 0) -> Iterator[dict[str, str]]:
    """Run moto's S3, with the bucket `models`; give the environment in which that is reached."""
    server = make_server("127.0.0.1", port, _OneAtATime(), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    address = f"http://127.0.0.1:{server.port}"
    try:
        httpx.put(f"{address}/models").raise_for_status()
        yield {
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "of-a-test",
            "AWS_SECRET_ACCESS_KEY": "s3cret",
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
