"""The model store, opened with the keys that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from forecasting.store import environment
from forecasting.store.signing import SigningKey
from forecasting.store.store import ModelStore

SIGNING_KEY = "FORECAST_SIGNING_KEY"


def open_store(location: str) -> ModelStore:
    """Return the store in a folder or at a URL, which trusts and signs as the environment says.

    Raises SigningKeyError if one of the variables names no key, and StoreError if the URL cannot be
    opened here.
    """
    signing = os.environ.get(SIGNING_KEY)
    signing_key = SigningKey.read(Path(signing)) if signing else None
    return environment.open_store(location, os.environ, signing_key)
