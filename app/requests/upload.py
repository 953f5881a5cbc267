"""Requests that hold a table: an upload as `multipart/form-data`, or the table as the body."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson
from pydantic_core import from_json
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field as FormField
from python_multipart.multipart import File, FormParser, parse_options_header

from app.errors import BodyBrokenError, MediaTypeError
from app.requests.content_negotiation import ARROW_STREAM, CSV, MULTIPART, PARQUET, TABLES
from app.requests.options import Options, TableFields, json_types
from app.tables.reader import read_table
from app.tables.table_series import TableItem, items_of
from forecasting.errors import RequestError

_MOST_FIELDS = 64
_LONGEST_FIELD = 65_536
_SUFFIXES = {".csv": CSV, ".parquet": PARQUET, ".arrows": ARROW_STREAM}


@dataclass(frozen=True, slots=True)
class Upload:
    """The fields beside the table, as text, and the table."""

    fields: Mapping[str, str]
    content: bytes
    media_type: str

    def digest(self) -> str:
        """The same for what says the same, however it was packed for the way."""
        digest = hashlib.sha256(orjson.dumps([self.media_type, sorted(self.fields.items())]))
        digest.update(self.content)
        return digest.hexdigest()


def read_upload(
    upload: Upload, options: type[Options], limit: int
) -> tuple[Options, list[TableItem]]:
    """The options of an operation by their model, and the series.

    Raises ServiceError, ForecastingError or ValidationError for what cannot be read.
    """
    given = {name: text for name, text in upload.fields.items() if text.strip()}
    about = {name: given.pop(name).strip() for name in TableFields.model_fields if name in given}
    dates = TableFields.model_validate(about)
    types = json_types(options)
    asked = options.model_validate(
        {name: _parsed(text, types.get(name, set())) for name, text in given.items()}
    )
    table = read_table(upload.content, upload.media_type, limit)
    return asked, items_of(table, frequency=dates.frequency, timezone=dates.timezone)


def open_upload(content_type: str, query: Mapping[str, str], body: bytes) -> Upload:
    """Raises ServiceError or RequestError for what is no such request."""
    kind, parameters = parse_options_header(content_type)
    media_type = kind.decode("latin-1")
    if media_type != MULTIPART:
        return Upload(dict(query), body, _known(media_type, parameters))
    upload = _open_form(body, parameters.get(b"boundary"))
    for name, text in query.items():
        if upload.fields.get(name, text) != text:
            raise RequestError(
                f"{name!r} is {text!r} in the address and {upload.fields[name]!r} in the form.",
                path=(name,),
            )
    return replace(upload, fields={**query, **upload.fields})


def _open_form(body: bytes, boundary: bytes | None) -> Upload:
    fields: dict[str, str] = {}
    files: list[Upload] = []

    def on_field(field: FormField) -> None:
        name = (field.field_name or b"").decode("utf-8", "replace")
        if name in fields:
            raise RequestError(f"the field {name!r} is given twice.", path=(name,))
        fields[name] = (field.value or b"").decode("utf-8", "replace")

    def on_file(file: File) -> None:
        name = (file.field_name or b"").decode("utf-8", "replace")
        if name != "file" or files:
            raise RequestError("an upload has one file, its name is 'file'.", path=(name,))
        file.file_object.seek(0)
        content = file.file_object.read()
        files.append(Upload(fields, content, _file_type(file, content)))

    try:
        parser = FormParser(
            MULTIPART,
            on_field,
            on_file,
            boundary=boundary,
            config={
                "MAX_MEMORY_FILE_SIZE": len(body) + 1,
                "MAX_FIELDS": _MOST_FIELDS,
                "MAX_FIELD_SIZE": _LONGEST_FIELD,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BodyBrokenError(f"the body is no {MULTIPART}: {error}") from error
    if not files:
        raise RequestError(
            "there is no part 'file' with a filename: the CSV or Parquet file.",
            code="file_missing",
            path=("file",),
        )
    return files[0]


def _file_type(file: File, content: bytes) -> str:
    """What the part says that it is, else what its name or its first bytes tell."""
    declared, parameters = parse_options_header(file.content_type or "")
    media_type = declared.decode("latin-1")
    if media_type in TABLES:
        return _known(media_type, parameters)
    if content[:4] == b"PAR1":
        return PARQUET
    name = (file.file_name or b"").decode("utf-8", "replace").lower()
    return next((known for suffix, known in _SUFFIXES.items() if name.endswith(suffix)), CSV)


def _known(media_type: str, parameters: Mapping[bytes, bytes]) -> str:
    charset = parameters.get(b"charset", b"utf-8").decode("latin-1").lower()
    if media_type == CSV and charset not in {"utf-8", "utf8", "us-ascii"}:
        raise MediaTypeError(f"{CSV} in {charset}", [f"{CSV} in UTF-8"])
    return media_type


def _parsed(text: str, types: set[str]) -> object:
    """A field's text as JSON has it; lists may go without their brackets, texts without quotes."""
    text = text.strip()
    if types == {"string"}:
        return text
    if "array" in types:
        text = f"[{text.removeprefix('[').removesuffix(']')}]"
    try:
        return from_json(text)
    except ValueError:
        return text
