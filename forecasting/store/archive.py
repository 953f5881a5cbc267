"""A version as one file, to keep it or to move it to another store.

The file is a tar of the version's folder: the manifest, its signature if there is one, the files
that the manifest names. Whoever reads it compares each of them with its digest, and takes nothing
else.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from forecasting.errors import AliasMovedError, BrokenVersionError, ConflictError, DataFileError
from forecasting.store.atomic_files import write_files_atomically
from forecasting.store.draft import publishing
from forecasting.store.manifest import (
    MANIFEST,
    MODEL_NAME,
    SCALER,
    FileEntry,
    Manifest,
    Promotion,
    read_version_file,
)
from forecasting.store.scaler_pickle import check_scaler
from forecasting.store.signing import SIGNATURE, SigningKey
from forecasting.store.store import ModelStore

_LARGEST_MANIFEST = 16 * 2**20
_LARGEST_SIGNATURE = 4096
_LARGEST_FILE = 4 * 2**30


def export_version(
    store: ModelStore,
    model: str,
    version: int,
    path: Path,
    signing_key: SigningKey | None = None,
) -> Manifest:
    """Write a version into a file, whole or not at all, and return its manifest.

    It is signed with `signing_key`, or else as it is in the store.

    Raises NotFoundError if there is no such version, BrokenVersionError if a file of it is not the
    one that was published, and DataFileError if `path` cannot be written.
    """
    with store.opened(model, version) as folder:
        manifest = store.manifest(model, version)
        names = (MANIFEST, *sorted(manifest.files))
        contents = {name: read_version_file(folder / name) for name in names}
    if signing_key is not None:
        contents[SIGNATURE] = signing_key.sign(manifest)
    elif (signature := store.storage.signature(model, version)) is not None:
        contents[SIGNATURE] = signature
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in contents.items():
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

    If the store trusts certain keys, the version keeps the name, the number and the signature with
    which one of them was used.

    Raises:
        BrokenVersionError: if the file holds no whole version, or none that the store trusts.
        ConflictError: if the version cannot have the name or the number that was signed.
        StoreError: if the store cannot be written.
    """
    manifest, contents, signature = _read(path)
    name = model or manifest.model
    signed = store.trusted_keys is not None
    if store.trusted_keys is not None:
        store.trusted_keys.check(manifest, signature)
        if name != manifest.model:
            raise ConflictError(
                f"{path} was signed as a version of {manifest.model!r}, and only signed versions "
                f"are trusted here, so that it cannot be one of {name!r}."
            )
    with publishing(store, name) as draft:
        if signed and signature is not None:
            (draft.folder / SIGNATURE).write_bytes(signature)
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
                        update={"version": described.version if signed else number, "files": files}
                    )
                )


def _read(path: Path) -> tuple[Manifest, dict[str, bytes], bytes | None]:
    """Return the manifest in a file, the content of each file that it names, and its signature."""
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
            signature = None
            if SIGNATURE in archive.getnames():
                signature = _member(archive, SIGNATURE, _LARGEST_SIGNATURE)
    except FileNotFoundError as error:
        raise BrokenVersionError(f"{path}: there is no such file.") from error
    except (OSError, tarfile.TarError) as error:
        raise BrokenVersionError(f"{path} is not an exported version: {error}") from error
    for name, content in contents.items():
        is_name = re.match(MODEL_NAME, name) and name != SIGNATURE
        if not is_name or FileEntry.of(content) != manifest.files[name]:
            raise BrokenVersionError(f"{path}: {name} is not the file that was exported.")
    if SCALER not in contents:
        raise BrokenVersionError(f"{path}: there is no {SCALER}.")
    check_scaler(contents[SCALER])
    return manifest, contents, signature


def _member(archive: tarfile.TarFile, name: str, largest: int) -> bytes:
    """Return the content of a file in a tar, of which no more than `largest` bytes are read."""
    try:
        file = archive.extractfile(name)
    except KeyError as error:
        raise BrokenVersionError(f"{archive.name!r} has no {name}.") from error
    if file is None:
        raise BrokenVersionError(f"{archive.name!r}: {name} is not a file.")
    return file.read(largest + 1)
