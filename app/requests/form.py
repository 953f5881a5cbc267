"""Reading a form: the options of a request as text, and the file with its table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.errors import BodyBrokenError
from app.requests.content import MULTIPART
from forecasting.errors import RequestError
from forecasting.tables.formats import FORMATS_IN_WORDS, JSON_RECORDS, READABLE, format_of_name

_LONGEST_FIELD = 65_536
_CHUNK_BYTES = 2**18


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, and its file."""

    fields: Mapping[str, str]
    content: bytes
    content_type: str
    """What the file is, with its parameters, as in a `Content-Type` header."""


async def read_form(content_type: str, body: bytes) -> Form:
    """Read the body of a `multipart/form-data` request.

    Raises BodyBrokenError if the body is no such form, and RequestError if a field is given twice
    or there is not exactly one file, with the name `file`.
    """
    parser = MultiPartParser(
        Headers({"content-type": content_type}), _chunks(body), max_part_size=_LONGEST_FIELD
    )
    parser.spool_max_size = len(body) + 1  # the file stays in memory: the body is there already
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BodyBrokenError(f"The body is not {MULTIPART}: {error.message}") from error
    try:
        return await _to_form(form)
    finally:
        await form.close()


async def _chunks(body: bytes) -> AsyncGenerator[bytes, None]:
    """Yield the body in pieces, and let other requests go on between them."""
    for start in range(0, len(body), _CHUNK_BYTES):
        yield body[start : start + _CHUNK_BYTES]
        await asyncio.sleep(0)


async def _to_form(form: FormData) -> Form:
    fields: dict[str, str] = {}
    files: list[UploadFile] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name != "file" or files:
                raise RequestError(
                    "an upload has one file, in the part 'file'. Send the table there.",
                    path=(name,),
                )
            files.append(value)
        elif name in fields:
            raise RequestError(f"the field {name!r} is given twice. Give it once.", path=(name,))
        else:
            fields[name] = value
    if not files:
        raise RequestError(
            "the form has no part 'file' with a filename. Send the table there, as "
            f"{FORMATS_IN_WORDS}.",
            code="file_missing",
            path=("file",),
        )
    content = await files[0].read()
    return Form(fields, content, _file_type(files[0]))


def _file_type(file: UploadFile) -> str:
    """Return what the part says that it is, or else what its name tells."""
    declared = file.content_type or ""
    if parse_options_header(declared)[0].decode("latin-1") in {*READABLE, JSON_RECORDS}:
        return declared
    return format_of_name(file.filename or "")
