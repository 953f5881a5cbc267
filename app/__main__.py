"""`python -m app` serves; `python -m app keys` manages the keys of those who may use it."""

import argparse
import signal
import sys
from collections.abc import Sequence
from functools import partial

import uvicorn

from app.access.commands import manage_keys
from app.access.keys import KeysError, read_keys
from app.observation.metrics import shared_by_workers
from app.serving.connections import ImpatientProtocol
from app.settings import SettingsError, load_settings

_PATIENCE_SECONDS = 25
"""A client that does not take its answer keeps the service from stopping for so long."""


def main(arguments: Sequence[str]) -> int:
    """Serve, or manage keys if the first argument says so; return the exit code."""
    if arguments[:1] == ["keys"]:
        return manage_keys(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Serve. Settings are environment variables: see docs/reference/settings.md.",
        epilog="python -m app keys --help: add, list and remove API keys",
    )
    parser.parse_args(arguments)
    try:
        settings = load_settings()
        if settings.api_keys_file is not None:
            read_keys(settings.api_keys_file)
    except (SettingsError, KeysError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
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
            timeout_graceful_shutdown=_PATIENCE_SECONDS,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
