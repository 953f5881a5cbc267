"""The bytes of a CSV file become UTF-8 without a byte order mark."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from forecasting.notes import Note
from forecasting.tables.raw_table import broken_file

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_SAMPLE_BYTES = 1_024


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and how it was encoded."""

    content: bytes
    """In UTF-8."""
    encoding: str
    notes: tuple[Note, ...] = ()


def decode(content: bytes) -> Text:
    """Return a text that is in UTF-8, UTF-16 or, if it is neither, in Windows-1252.

    Raises SeriesError for bytes that are no text in any of these.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    encoding = _utf_16(content)
    if encoding is not None:
        return Text(_from_utf_16(content, encoding), "utf-16")
    nul = content.find(b"\0")
    if nul >= 0:
        line = content.count(b"\n", 0, nul) + 1
        raise broken_file(
            f"line {line} holds a NUL byte: the file is damaged, or no text. Save it as CSV in "
            "UTF-8.",
            code="encoding_unknown",
        )
    if _is_utf_8(content):
        return Text(content, "utf-8")
    return _from_windows_1252(content)


def _is_utf_8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utf_16(content: bytes) -> str | None:
    """Return the byte order of UTF-16, or None if the text is not in that.

    Without a mark, it shows in the zeros that are the upper bytes of ASCII characters.
    """
    marked = _UTF_16.get(content[:2])
    if marked is not None:
        return marked
    sample = content[:_SAMPLE_BYTES]
    if len(content) % 2 or len(sample) < 2:
        return None
    upper = {"utf-16-be": sample[::2], "utf-16-le": sample[1::2]}
    for encoding, half in upper.items():
        if half.count(0) > 0.7 * len(half) and sample.count(0) == half.count(0):
            return encoding
    return None


def _from_utf_16(content: bytes, encoding: str) -> bytes:
    try:
        text = content.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError as error:
        message = f"the file begins as UTF-16, but is none: {error}. Save it as CSV in UTF-8."
        raise broken_file(message, code="encoding_unknown") from error
    if b"\0" in text:
        message = "the file holds NUL characters, so that it is no text. Save it as CSV in UTF-8."
        raise broken_file(message, code="encoding_unknown")
    return text


def _from_windows_1252(content: bytes) -> Text:
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise broken_file(
            f"line {line} is text in neither UTF-8, UTF-16 nor Windows-1252. Save the file as CSV "
            "in UTF-8.",
            code="encoding_unknown",
        ) from error
    note = Note(
        "encoding_assumed",
        "The file is not in UTF-8 and was read as Windows-1252. If letters look wrong, save it as "
        "CSV in UTF-8.",
        1,
    )
    return Text(text.encode(), "windows-1252", (note,))
