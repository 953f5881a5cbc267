"""A version as one file, to keep it or to move it to another store.

The file is a tar of the version's folder, the manifest first. Whoever reads it takes the files that
the manifest names, compares each with its digest, and nothing else.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from forecasting.errors import AliasMovedError, BrokenVersionError, DataFileError
from forecasting.store.atomic_files import write_files_atomically
from forecasting.store.draft import publishing
from forecasting.store.manifest import (
    MANIFEST,
    SCALER,
    FileEntry,
    Manifest,
    Promotion,
    read_version_file,
)
from forecasting.store.scaler_pickle import check_scaler
from forecasting.store.store import ModelStore

_LARGEST_MANIFEST = 16 * 2**20
_LARGEST_FILE = 4 * 2**30


def export_version(store: ModelStore, model: str, version: int, path: Path) -> Manifest:
    """Write a version into a file, whole or not at all, and return its manifest.

    Raises NotFoundError if there is no such version, BrokenVersionError if a file of it is not the
    one that was published, and DataFileError if `path` cannot be written.
    """
    manifest = store.manifest(model, version)
    folder = store.folder(model, version)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in (MANIFEST, *sorted(manifest.files)):
            content = read_version_file(folder / name)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mtime = int(manifest.created_at.timestamp())
            archive.addfile(member, io.BytesIO(content))
    try:
        write_files_atomically({path: packed.getvalue()})
    except OSError as error:
        raise DataFileError(f"{path} cannot be written: {error}") from error
    return manifest


def import_version(
    store: ModelStore, path: Path, model: str | None, decide: Callable[[str], Promotion]
) -> Manifest:
    """Publish the version in a file as the next one of its model, or of `model`.

    Its scores and its provenance stay as they are, but for the job, which belongs to the other
    store. `decide` says of a model whether the version takes its alias production; it is called
    again if that alias has moved before the version is published.

    Raises BrokenVersionError if the file holds no whole version, and StoreError if the store cannot
    be written.
    """
    manifest, contents = _read(path)
    name = model or manifest.model
    with publishing(store, name) as draft:
        for file, content in contents.items():
            (draft.folder / file).write_bytes(content)
        while True:
            promotion = decide(name)
            described = manifest.model_copy(
                update={"model": name, "promotion": promotion, "job": None}
            )
            with suppress(AliasMovedError):
                return draft.publish(
                    lambda number, files, described=described: described.model_copy(  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                        update={"version": number, "files": files}
                    )
                )


def _read(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Return the manifest in a file, and the content of each file that it names."""
    try:
        with tarfile.open(path, mode="r:") as archive:
            try:
                manifest = Manifest.model_validate_json(
                    _member(archive, MANIFEST, _LARGEST_MANIFEST)
                )
            except ValueError as error:
                raise BrokenVersionError(
                    f"{path}: {MANIFEST} is not a manifest: {error}"
                ) from error
            contents = {
                name: _member(archive, name, min(entry.size, _LARGEST_FILE))
                for name, entry in manifest.files.items()
            }
    except FileNotFoundError as error:
        raise BrokenVersionError(f"{path}: there is no such file.") from error
    except (OSError, tarfile.TarError) as error:
        raise BrokenVersionError(f"{path} is not an exported version: {error}") from error
    for name, content in contents.items():
        if "/" in name or name.startswith(".") or FileEntry.of(content) != manifest.files[name]:
            raise BrokenVersionError(f"{path}: {name} is not the file that was exported.")
    if SCALER not in contents:
        raise BrokenVersionError(f"{path}: there is no {SCALER}.")
    check_scaler(contents[SCALER])
    return manifest, contents


def _member(archive: tarfile.TarFile, name: str, largest: int) -> bytes:
    """Return the content of a file in a tar, of which no more than `largest` bytes are read."""
    try:
        file = archive.extractfile(name)
    except KeyError as error:
        raise BrokenVersionError(f"{archive.name!r} has no {name}.") from error
    if file is None:
        raise BrokenVersionError(f"{archive.name!r}: {name} is not a file.")
    return file.read(largest + 1)
