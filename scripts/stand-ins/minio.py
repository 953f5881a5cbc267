#!/usr/bin/env python3
"""`minio server FOLDER`, by moto: each folder in it is a bucket, and the files below are objects.

moto has the objects in memory. What a request writes is in the folder before it is answered, so
that a server that is killed, as Podman kills one for which it was told no time, forgets nothing.
"""

import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import FakeKey, s3_backends
from werkzeug.serving import run_simple
from werkzeug.test import Client

moto = DomainDispatcherApplication(create_backend_app)
folder = Path(sys.argv[2])
kept: dict[Path, FakeKey] = {}
writing = Lock()  # One at a time, because moto may let two conditional writes pass at once.


def keys() -> dict[Path, FakeKey]:
    buckets = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets
    return {
        folder / name / key.name: key
        for name, bucket in buckets.items()
        for key in bucket.keys.values()
    }


def read() -> None:
    client = Client(moto)
    for bucket in filter(Path.is_dir, folder.iterdir()):
        client.put(f"/{bucket.name}")
        for file in filter(Path.is_file, bucket.rglob("*")):
            client.put(quote(f"/{file.relative_to(folder)}"), data=file.read_bytes())
    kept.update(keys())


def write() -> None:
    now = keys()
    for file, key in now.items():
        if kept.get(file) is not key:
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = folder / "unfinished"
            unfinished.write_bytes(key.value)
            unfinished.replace(file)
    for file in kept.keys() - now.keys():
        file.unlink()
    kept.clear()
    kept.update(now)


def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
        return moto(environ, start_response)
    with writing:
        answer = list(moto(environ, start_response))
        write()
    return answer


signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # As process 1, it would not end by itself.
read()
Path("/run/ready").touch()
address = "0.0.0.0"  # noqa: S104 -- others in the network are to reach it
run_simple(address, 9000, serve, threaded=True, request_handler=MotoRequestHandler)
