"""The model store as the variables of a job's or a command's environment describe it."""

from __future__ import annotations

from collections.abc import Mapping

from forecasting.errors import SigningKeyError
from forecasting.store.signing import SigningKey, TrustedKeys
from forecasting.store.storage.cache import VersionCache
from forecasting.store.store import ModelStore

_TRUSTED_KEYS = "FORECAST_TRUSTED_KEYS"
_CACHE_DIR, _MAX_CACHE_BYTES = "FORECAST_STORE_CACHE_DIR", "FORECAST_MAX_STORE_CACHE_BYTES"


def open_store(
    location: str, environment: Mapping[str, str], signing_key: SigningKey | None = None
) -> ModelStore:
    """Return the store in a folder or at a URL, which trusts the keys that are named.

    Raises SigningKeyError if FORECAST_TRUSTED_KEYS names no key, and StoreError if the URL cannot
    be opened here or the size of the cache is no number.
    """
    trusted = environment.get(_TRUSTED_KEYS)
    try:
        trusted_keys = TrustedKeys.parse(trusted) if trusted else None
    except SigningKeyError as error:
        raise error.with_message(f"{_TRUSTED_KEYS}: {error.message}") from error
    return ModelStore(location, trusted_keys, signing_key, store_cache(environment))


def store_cache(environment: Mapping[str, str]) -> VersionCache:
    """Return the cache that is named. Raises StoreError if its size is no number."""
    return VersionCache.parse(environment.get(_CACHE_DIR), environment.get(_MAX_CACHE_BYTES))
