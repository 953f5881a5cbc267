"""`python -m app keys` adds, lists and removes API keys."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from app.access.keys import KeysError, add_key, read_keys, remove_key
from app.access.scopes import Scope

_VARIABLE = "FORECAST_API_KEYS_FILE"


def manage_keys(arguments: Sequence[str]) -> int:
    """Do what the arguments say; return the exit code, 2 if something is wrong with them."""
    options = _parser().parse_args(arguments)
    if options.file is None:
        return _fail(f"name the file of the keys: --file keys.json, or {_VARIABLE}.")
    try:
        print(options.run(options))
    except KeysError as error:
        return _fail(str(error))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        return _fail(f"--{fault['loc'][-1]} {fault['input']}: {fault['msg']}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app keys", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    file = argparse.ArgumentParser(add_help=False)
    given = os.environ.get(_VARIABLE)
    file.add_argument(
        "--file",
        type=Path,
        default=Path(given) if given else None,
        help=f"the file that holds the keys' digests; default: {_VARIABLE}",
    )
    add = commands.add_parser("add", parents=[file], help="make a key, and show it once")
    add.add_argument("--name", required=True, help="who holds the key, such as a person or a team")
    add.add_argument(
        "--scope",
        type=_scopes,
        required=True,
        help=f"what the key is for, separated by commas: {', '.join(Scope)}",
    )
    add.add_argument(
        "--models",
        default="",
        help="the key sees and changes only models whose names begin so, such as team-a-",
    )
    add.set_defaults(run=_add)
    commands.add_parser(
        "list", parents=[file], help="show all keys but not their secrets"
    ).set_defaults(run=_list)
    remove = commands.add_parser("remove", parents=[file], help="make a key invalid")
    remove.add_argument("name")
    remove.set_defaults(run=_remove)
    return parser


def _scopes(text: str) -> list[Scope]:
    try:
        return [Scope(name.strip()) for name in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; there are {', '.join(Scope)}") from error


def _add(options: argparse.Namespace) -> str:
    key = add_key(options.file, options.name, options.scope, options.models)
    print("Keep this key: it is not shown again.", file=sys.stderr)
    return key


def _list(options: argparse.Namespace) -> str:
    lines = [
        f"{key.name}  {','.join(sorted(key.scopes))}  {f'{key.models}*' if key.models else 'all'}  "
        f"{key.created_at:%Y-%m-%d}"
        for key in read_keys(options.file)
    ]
    return "\n".join(["NAME  SCOPES  MODELS  MADE", *lines])


def _remove(options: argparse.Namespace) -> str:
    remove_key(options.file, options.name)
    return f"The key {options.name} is not valid any more."


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2
