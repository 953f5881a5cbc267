"""Which storage a location means: the path of a folder, or the URL of a bucket."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from forecasting.errors import StoreError
from forecasting.store.storage.bucket import BucketStorage
from forecasting.store.storage.cache import VersionCache
from forecasting.store.storage.folder import FolderStorage
from forecasting.store.storage.objects import RemoteObjects
from forecasting.store.storage.storage import Storage

SCHEMES = ("s3", "gs", "az")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(location: str) -> bool:
    """Return whether a location is a URL, and not a path of this machine."""
    return _SCHEME.match(location) is not None


def open_storage(location: str, cache: VersionCache | None = None) -> Storage:
    """Return the storage at a location. Raises StoreError if it cannot be opened here."""
    if is_url(location):
        return BucketStorage(location, _open_objects(location), cache or VersionCache())
    return FolderStorage(Path(location))


def check_location(location: str) -> None:
    """Raise StoreError if a location cannot be opened here; nothing is asked over the network."""
    if is_url(location):
        _open_objects(location)


def _open_objects(url: str) -> RemoteObjects:
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise StoreError(f"{url} begins with none of {known}, and is not the path of a folder.")
    if not rest.strip("/"):
        raise StoreError(f"{url} names no bucket.")
    if find_spec("obstore") is None:
        raise StoreError(
            f"{url} needs a package that is not installed. Install it: pip install obstore."
        )
    return RemoteObjects(url)
