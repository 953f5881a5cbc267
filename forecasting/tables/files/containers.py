"""Files that are packed: gzip, and zip archives that hold a single file."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass

import pyarrow as pa

from forecasting.tables.formats import GZIP, UNKNOWN, XLSX, ZIP, format_of_name, recognise
from forecasting.tables.raw_table import broken_file
from forecasting.tables.sizes import TableSizeError

_DEEPEST = 3
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_NOISE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers put into archives beside the files."""


@dataclass(frozen=True, slots=True)
class UnpackedFile:
    """The file within the containers of a file."""

    content: bytes
    media_type: str
    container: str | None
    """The name of the outer container."""


def unpack(content: bytes, declared: str, limit: int) -> UnpackedFile:
    """Return a file out of its containers, and what it is by its content, its name in the archive
    or, if neither tells, as it is declared. A workbook is an archive, too, but stays as it is.

    Raises TableSizeError as soon as it turns out larger than `limit`, and SeriesError for an
    archive that is damaged or does not hold a single file.
    """
    container = None
    for _ in range(_DEEPEST):
        media_type = recognise(content, declared)
        if media_type == GZIP:
            container = container or "gzip"
            content = _unpack_gzip(content, limit)
            declared = _inner(declared, UNKNOWN)
        elif media_type == ZIP:
            try:
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    if _is_workbook(archive):
                        return UnpackedFile(content, XLSX, container)
                    container = container or "zip"
                    content, name = _unpack_zip(archive, limit)
            except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
                raise broken_file(f"the zip archive cannot be read: {error}.") from error
            declared = _inner(declared, format_of_name(name))
        else:
            return UnpackedFile(content, media_type, container)
    raise broken_file("the file is packed several times over. Unpack it, and send the table in it.")


def _inner(declared: str, by_name: str) -> str:
    """Return what is known of the file in a container: the declared type may be the container's."""
    if by_name != UNKNOWN:
        return by_name
    return UNKNOWN if declared in {GZIP, ZIP} else declared


def _unpack_gzip(content: bytes, limit: int) -> bytes:
    try:
        unpacked = pa.CompressedInputStream(pa.BufferReader(content), "gzip").read(limit + 1)
    except OSError as error:
        raise broken_file(f"the gzip file cannot be unpacked: {error}.") from error
    if len(unpacked) > limit:
        raise TableSizeError
    return bytes(unpacked)


def _is_workbook(archive: zipfile.ZipFile) -> bool:
    """Return whether an archive is a workbook. Raises SeriesError for another kind of document."""
    names = set(archive.namelist())
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return True
    if "mimetype" in names:
        with archive.open("mimetype") as member:
            return member.read(len(_OPEN_DOCUMENT)) == _OPEN_DOCUMENT
    for name, document in (("word/document.xml", "Word"), ("ppt/presentation.xml", "PowerPoint")):
        if name in names:
            message = f"the file is a {document} document. Send a table as CSV or Excel."
            raise broken_file(message, code="format_unknown")
    return False


def _unpack_zip(archive: zipfile.ZipFile, limit: int) -> tuple[bytes, str]:
    """Return the only file of an archive, and its name."""
    files = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not any(noise in info.filename for noise in _NOISE)
    ]
    if len(files) != 1:
        names = ", ".join(info.filename for info in files)[:500]
        raise broken_file(
            f"the zip archive holds {len(files)} files ({names}). Send one that holds a single "
            "table, or send the table itself."
            if files
            else "the zip archive holds no file. Send one that holds a table.",
            code="archive_not_single",
        )
    if files[0].flag_bits & 1:
        message = "the zip archive is encrypted. Send one without a password."
        raise broken_file(message, code="file_encrypted")
    with archive.open(files[0]) as member:
        unpacked = member.read(limit + 1)
    if len(unpacked) > limit:
        raise TableSizeError
    return unpacked, files[0].filename
