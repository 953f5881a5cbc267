"""The model store, opened with the keys that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from forecasting.errors import SigningKeyError
from forecasting.store.signing import SigningKey, TrustedKeys
from forecasting.store.storage.cache import VersionCache
from forecasting.store.store import ModelStore

TRUSTED_KEYS, SIGNING_KEY = "FORECAST_TRUSTED_KEYS", "FORECAST_SIGNING_KEY"
CACHE_DIR, MAX_CACHE_BYTES = "FORECAST_STORE_CACHE_DIR", "FORECAST_MAX_STORE_CACHE_BYTES"


def open_store(location: str) -> ModelStore:
    """Return the store in a folder or at a URL, which trusts and signs as the environment says.

    Raises SigningKeyError if one of the two variables names no key, and StoreError if the URL
    cannot be opened here.
    """
    trusted, signing = os.environ.get(TRUSTED_KEYS), os.environ.get(SIGNING_KEY)
    try:
        trusted_keys = TrustedKeys.parse(trusted) if trusted else None
    except SigningKeyError as error:
        raise error.with_message(f"{TRUSTED_KEYS}: {error.message}") from error
    signing_key = SigningKey.read(Path(signing)) if signing else None
    return ModelStore(location, trusted_keys, signing_key, store_cache())


def store_cache() -> VersionCache:
    """Return the cache that the environment names. Raises StoreError if its size is no number."""
    return VersionCache.parse(os.environ.get(CACHE_DIR), os.environ.get(MAX_CACHE_BYTES))
