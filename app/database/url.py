"""Checking the URL of a PostgreSQL database before anything connects to it."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Annotated

from pydantic import AfterValidator, SecretStr


def _check(secret: SecretStr) -> SecretStr:
    """Return the URL, or raise ValueError with a message that does not repeat its password."""
    url = secret.get_secret_value()
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("it does not begin with postgresql://")
    if find_spec("psycopg") is None:
        raise ValueError("PostgreSQL needs a package: pip install 'psycopg[binary]'")
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = conninfo_to_dict(url)
    except ProgrammingError:
        found = {"host": "@"}
    places = [str(found.get(name, "")) for name in ("host", "dbname", "port")]
    # Otherwise a part of the password is taken for one of them, and shown when it is not found.
    if any("@" in place for place in places) or not re.fullmatch("[0-9,]*", places[-1]):
        raise ValueError("it cannot be read. In a password, write %40 for @, and %2F for /")
    return secret


DatabaseUrl = Annotated[SecretStr, AfterValidator(_check)]
"""The URL of a PostgreSQL database that makes sense."""
