"""The model store, opened with the keys that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from forecasting.errors import SigningKeyError
from forecasting.store.signing import SigningKey, TrustedKeys
from forecasting.store.store import ModelStore

TRUSTED_KEYS, SIGNING_KEY = "FORECAST_TRUSTED_KEYS", "FORECAST_SIGNING_KEY"


def open_store(root: Path) -> ModelStore:
    """Return the store in a folder, which trusts and signs as the environment says.

    Raises SigningKeyError if one of the two variables names no key.
    """
    trusted, signing = os.environ.get(TRUSTED_KEYS), os.environ.get(SIGNING_KEY)
    try:
        trusted_keys = TrustedKeys.parse(trusted) if trusted else None
    except SigningKeyError as error:
        raise error.with_message(f"{TRUSTED_KEYS}: {error.message}") from error
    return ModelStore(root, trusted_keys, SigningKey.read(Path(signing)) if signing else None)
