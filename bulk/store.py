"""The model store of a job."""

from __future__ import annotations

import os
from pathlib import Path

from forecasting.store.signing import TrustedKeys
from forecasting.store.store import ModelStore


def open_store(root: Path) -> ModelStore:
    """Return the store in a folder, which trusts the keys that FORECAST_TRUSTED_KEYS names.

    Raises SigningKeyError if that names no key.
    """
    trusted = os.environ.get("FORECAST_TRUSTED_KEYS")
    return ModelStore(root, TrustedKeys.parse(trusted) if trusted else None)
