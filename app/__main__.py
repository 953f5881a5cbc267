"""`python -m app` serves, runs the jobs, or both; further words look after what runs."""

import argparse
import sys
from collections.abc import Sequence

from app.access.commands import manage_keys
from app.access.keys import KeysError, read_keys
from app.backup.archive import BackupError
from app.backup.commands import make_backup, restore_backup
from app.backup.restore import check_whole
from app.health.commands import check_health
from app.settings.environment import SettingsError, load_settings
from app.settings.settings import Settings

_COMMANDS = {
    "keys": manage_keys,
    "health": check_health,
    "backup": make_backup,
    "restore": restore_backup,
}


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says, or else what FORECAST_ROLE says; return the exit code."""
    if arguments and (command := _COMMANDS.get(arguments[0])):
        return command(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Serve. Settings are environment variables: see docs/reference/settings.md.",
        epilog="python -m app keys --help: add, list and remove API keys; backup --help and "
        "restore --help: keep the models and the jobs in a file, and bring them back; health: tell "
        "by the exit code whether what runs here is well",
    )
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        settings = load_settings()
        if settings.api_keys_file is not None and settings.role != "worker":
            read_keys(settings.api_keys_file)
        check_whole(settings.jobs_dir)
    except (SettingsError, KeysError, BackupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return _run(settings, options.parent)


def _run(settings: Settings, parent: int | None) -> int:
    """Run the role. A worker does without the web framework, so that it takes less memory."""
    if settings.role == "worker":
        from app.worker.process import run_worker

        return run_worker(settings, parent)
    from app.serving.server import serve

    if settings.role == "api":
        return serve(settings)
    from app.worker.keeper import WorkerKeeper

    with WorkerKeeper():
        return serve(settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
