"""The model store of a job."""

from __future__ import annotations

import os

from forecasting.store.signing import TrustedKeys
from forecasting.store.storage.cache import VersionCache
from forecasting.store.store import ModelStore


def open_store(location: str) -> ModelStore:
    """Return the store in a folder or at a URL, with the keys and the cache of the environment.

    Raises SigningKeyError if FORECAST_TRUSTED_KEYS names no key, and StoreError if the URL cannot
    be opened here.
    """
    trusted = os.environ.get("FORECAST_TRUSTED_KEYS")
    cache = VersionCache.parse(
        os.environ.get("FORECAST_STORE_CACHE_DIR"),
        os.environ.get("FORECAST_MAX_STORE_CACHE_BYTES"),
    )
    return ModelStore(location, TrustedKeys.parse(trusted) if trusted else None, cache=cache)
