"""The command `forecast`. It stands beside the package, so that Ctrl-C is met while that loads."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends it with 130, also while it starts."""
    try:
        from forecast_client.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
