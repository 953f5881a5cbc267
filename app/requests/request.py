"""The options and the series of a request, which come as JSON or as a table."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

import orjson
from pydantic import ValidationError
from pydantic_core import from_json
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from app.errors import DocumentTypeError, MediaTypeError
from app.observation.record import current_record
from app.requests.cancellation import cancel_on_disconnect
from app.requests.content import (
    JSON,
    MULTIPART,
    OF_TABLES,
    Headers,
    in_utf8,
    media_type_of,
    read_body,
)
from app.requests.mistakes import explain_unknown, list_mistakes
from app.requests.options import Options, json_types, lists_of_texts
from app.requests.series_items import InvalidSeriesItem, SeriesItem, items_of, to_items
from app.requests.series_schemas import BoundedSeriesInput, BoundedSeriesObject, SeriesInput
from app.requests.table_fields import TableFields
from app.settings.settings import Settings
from forecasting.errors import Path, RequestError, SeriesError
from forecasting.notes import Note
from forecasting.tables.formats import CSV, READABLE, UNKNOWN

if TYPE_CHECKING:
    from app.tables.pool import TableReaderPool
    from forecasting.tables.table_series import TableSeriesItem


class JsonRequest(Protocol):
    """The model of a request in JSON: its options and its series."""

    @property
    def series(self) -> BoundedSeriesInput | SeriesInput:
        """The series of the request."""
        ...

    @classmethod
    def model_validate_json(cls, json_data: bytes, /) -> Self:
        """Raise ValidationError if the text is no such request."""
        ...


_RECORDS = re.compile(rb"\s*\[\s*\{")
_OBJECT = re.compile(rb"(\xef\xbb\xbf)?\s*\{")
_CURE = (
    f"Send JSON, with the header content-type: {JSON}; a file in the field 'file' of a form (curl "
    f"-F file=@table.csv); or a file as the body, with its media type, such as {CSV}, or {UNKNOWN}."
)
_CHARSETS = {
    *("utf-8", "utf8", "us-ascii", "utf-16", "utf-16le", "utf-16be"),
    *("windows-1252", "cp1252", "iso-8859-1", "latin1"),
}

Json = TypeVar("Json", bound=JsonRequest)
Parsed = TypeVar("Parsed", covariant=True)  # noqa: PLC0105  it is an attribute's type only


@dataclass(frozen=True, slots=True)
class ParsedRequest(Generic[Parsed]):
    """What a request asks for: its options, and its series, which are not read yet."""

    options: Parsed
    items: Sequence[SeriesItem]
    notes: Sequence[Note] = ()
    """What was assumed to read the table, if the series came as one."""
    understood: Mapping[str, Any] | None = None
    """How that table is written, and what its columns were taken for."""


@dataclass(frozen=True, slots=True)
class TableRequest(Generic[Options]):
    """What a request with a table asks for, as ParsedRequest."""

    options: Options
    items: list[TableSeriesItem]
    notes: Sequence[Note]
    understood: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What a request brings: a JSON document, or a table with its options beside it as text.

    A JSON document that is a list of objects, rather than one with options, is a table of records.
    """

    fields: Mapping[str, str]
    content: bytes
    media_type: str
    is_table: bool
    ahead: bytes = b""
    """Another table of the same format, with what is known of the steps that are forecast."""

    def digest(self) -> str:
        """Return a digest that is the same for equal content, however it was compressed."""
        digest = hashlib.sha256(orjson.dumps([self.media_type, sorted(self.fields.items())]))
        digest.update(self.content)
        return digest.hexdigest()


class RequestReader:
    """Reads the options and the series of requests, within the limits of the settings."""

    def __init__(self, settings: Settings, tables: TableReaderPool) -> None:
        self._settings = settings
        self._tables = tables

    async def receive(self, request: Request, headers: Headers) -> RequestBody:
        """Return the body of a request.

        Raises ServiceError or RequestError for a body that cannot be read.
        """
        media_type = media_type_of(headers)
        if media_type not in {JSON, MULTIPART} and media_type not in OF_TABLES:
            raise MediaTypeError(media_type, _CURE)
        content = await read_body(request, headers, self._settings)
        if media_type == JSON:
            content = in_utf8(content)
        if media_type == JSON and not _RECORDS.match(content):
            if request.scope["query_string"]:
                _refuse_options(_given(request.query_params))
            return RequestBody({}, content, JSON, is_table=False)
        content_type = headers[b"content-type"].decode("latin-1")
        fields = _given(request.query_params)
        if media_type == MULTIPART:
            from app.requests.form import read_form

            form = await read_form(content_type, content)
            fields = _join(fields, _given(form.fields))
            content_type, content = form.content_type, form.content
        if _OBJECT.match(content) is not None and await asyncio.to_thread(_is_document, content):
            raise DocumentTypeError(media_type)
        return RequestBody(fields, content, _table_type(content_type), is_table=True)

    async def parse(
        self,
        request: Request,
        body: RequestBody,
        json_model: type[Json],
        options_model: type[Options],
    ) -> ParsedRequest[Json | Options]:
        """Return the options and the series in a body, which is parsed off the event loop.

        A JSON body is checked with `json_model`, the options beside a table with `options_model`.
        Raises ServiceError, ForecastingError or ValidationError for a body that makes no sense,
        UnclearTableError for a table that can be opened but not read as series,
        and ClientDisconnect if the client leaves while a table is read.
        """
        parsed = await self._parse(request, body, json_model, options_model)
        current_record().series = len(parsed.items)
        return parsed

    async def _parse(
        self,
        request: Request,
        body: RequestBody,
        json_model: type[Json],
        options_model: type[Options],
    ) -> ParsedRequest[Json | Options]:
        if not body.is_table:
            return await asyncio.to_thread(parse_json, body.content, json_model, options_model)
        table = await self.read_table(request, body, options_model)
        return ParsedRequest(table.options, table.items, table.notes, table.understood)

    async def read_table(
        self, request: Request, body: RequestBody, options_model: type[Options]
    ) -> TableRequest[Options]:
        """Return the options beside a table and the series in it. Raises what `parse` raises."""
        from forecasting.tables.table_content import UnclearTableError
        from forecasting.tables.table_series import to_series_items

        options, about_series = await asyncio.to_thread(parse_fields, body.fields, options_model)
        reading = self._tables.read(
            body.content, body.media_type, about_series.to_options(), body.ahead
        )
        found = await cancel_on_disconnect(request, reading)
        try:
            items = await asyncio.to_thread(
                to_series_items,
                found,
                frequency=about_series.frequency,
                timezone=about_series.timezone,
            )
        except SeriesError as error:
            raise UnclearTableError.of(error, found.understood) from error
        current_record().series = len(items)
        return TableRequest(options, items, found.notes, found.understood)


def parse_json(
    content: bytes, json_model: type[Json], options_model: type[Options]
) -> ParsedRequest[Json | Options]:
    """Return the options and the series of a JSON document.

    Raises ValidationError if it makes no sense.
    """
    try:
        request = json_model.model_validate_json(content)
    except ValidationError as error:
        return parse_partially(content, error, options_model)
    return ParsedRequest(request, to_items(request.series))


def parse_partially(
    content: bytes, error: ValidationError, options_model: type[Options]
) -> ParsedRequest[Options]:
    """Return the options and the series of a JSON document some of whose series are invalid.

    `error` says why the document as a whole is invalid; it is raised unless the document has
    `"on_error": "partial"` and a list of series. Raises ValidationError if more than its series is
    at fault.
    """
    try:
        document = from_json(content)
    except ValueError:
        raise error from None
    series = document.pop("series", None) if isinstance(document, dict) else None
    if not isinstance(series, list) or not series or document.get("on_error") != "partial":
        raise error
    if not any(isinstance(item, dict) for item in series):
        raise error
    options = options_model.model_validate(document)
    items = [
        item for place, given in enumerate(series) for item in _to_items(given, ("series", place))
    ]
    return ParsedRequest(options, items)


def _to_items(given: Any, path: Path) -> list[SeriesItem]:
    """Return one series of a list, or its targets, or the first thing that is wrong with it."""
    try:
        return items_of(BoundedSeriesObject.model_validate(given), path)
    except ValidationError as error:
        first = list_mistakes(error)[0]
        name = given.get("id") if isinstance(given, dict) else None
        fault = SeriesError(first.detail, code=first.code, path=first.path)
        return [InvalidSeriesItem(fault, name if isinstance(name, str) else None, path)]


def parse_fields(
    fields: Mapping[str, str], options_model: type[Options]
) -> tuple[Options, TableFields]:
    """Return the options that stand beside a table as text, and what they say about its series.

    Raises RequestError for an option that is not known, and ValidationError for options that make
    no sense.
    """
    texts = dict(fields)
    known = {**options_model.model_fields, **TableFields.model_fields}
    for name in texts:
        if name not in known:
            message = f"{explain_unknown(name, known)}."
            raise RequestError(message, code="extra_forbidden", path=(name,))
    about_series = TableFields.model_validate(
        {name: texts.pop(name) for name in TableFields.model_fields if name in texts}
    )
    types, lists = json_types(options_model), lists_of_texts(options_model)
    options = options_model.model_validate(
        {
            name: _split(text) if name in lists else _parse_field(text, types.get(name, set()))
            for name, text in texts.items()
        }
    )
    return options, about_series


def _parse_field(text: str, types: set[str]) -> object:
    """Return a field's value. It is written as in JSON, but lists may go without their brackets and
    texts without their quotes."""
    if types == {"string"}:
        return text
    if "array" in types:
        text = f"[{text.removeprefix('[').removesuffix(']')}]"
    try:
        return from_json(text)
    except ValueError:
        if "array" in types:
            return [_parse_field(part.strip(), set()) for part in text[1:-1].split(",")]
        return text


def _split(text: str) -> list[str]:
    """Return a field's texts, which have commas between them. They may be written as in JSON."""
    parts = text.removeprefix("[").removesuffix("]").split(",")
    return [part.strip().strip('"') for part in parts]


def _is_document(content: bytes) -> bool:
    """Return whether a body that is sent as a table is a JSON document with options and series.

    A table in JSON may have a column `series`, too, which is as long as the others.
    """
    try:
        document = from_json(in_utf8(content))
    except ValueError:
        return False
    series = document.get("series")
    if isinstance(series, dict):
        return not series.keys().isdisjoint(("values", "targets"))
    if not isinstance(series, list) or not series or isinstance(series[0], str):
        return False
    columns = [len(cells) if isinstance(cells, list) else -1 for cells in document.values()]
    return isinstance(series[0], dict) or columns.count(len(series)) < len(columns)


def _given(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the options that stand beside a body, without those that are left empty."""
    return {name: text.strip() for name, text in fields.items() if text.strip()}


def _refuse_options(given: Mapping[str, str]) -> None:
    """Raise RequestError if there are options in the address of a request whose body has its own.

    They would have no effect, for a JSON document holds all its options.
    """
    for name in given:
        raise RequestError(
            f"{name!r} is in the address, but the body is a JSON document, which holds all its "
            f"options: write {name!r} into it, beside 'series'. Options in the address go with a "
            "table as the body.",
            code="option_outside_document",
            path=(name,),
        )


def _join(query: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """Return the options in the address and those in the form.

    Raises RequestError if both have one, with different values.
    """
    for name, text in query.items():
        if fields.get(name, text) != text:
            raise RequestError(
                f"{name!r} is {text!r} in the address and {fields[name]!r} in the form. "
                "Give it once.",
                path=(name,),
            )
    return {**query, **fields}


def _table_type(content_type: str) -> str:
    """Return the media type of a table.

    Raises MediaTypeError for text in an encoding that is not told from its bytes.
    """
    kind, parameters = parse_options_header(content_type)
    charset = parameters.get(b"charset", b"utf-8").decode("latin-1").lower()
    media_type = kind.decode("latin-1").lower()
    if media_type.startswith("text/") and charset not in _CHARSETS:
        cure = "Send text in UTF-8, UTF-16 or Windows-1252."
        raise MediaTypeError(f"{media_type} in {charset}", cure)
    return media_type if media_type in {*READABLE, JSON} else UNKNOWN
