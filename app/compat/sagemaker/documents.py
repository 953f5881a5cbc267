"""Which form the body of a call has, and the JSON in it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field
from pydantic_core import from_json

from app.errors import BodyBrokenError
from forecasting.errors import RequestError
from forecasting.tables.formats import JSON_LINES, NDJSON, UNKNOWN

AUTOGLUON = "application/x-autogluon"
JSONLINES = "application/jsonlines"
"""What SageMaker calls JSON Lines."""
_LINES = {JSONLINES, "application/x-jsonlines", JSON_LINES, NDJSON}
ItemId = str | Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""What names a series, and comes back as it is."""
_UNNAMED = {"", UNKNOWN}
"""The media types of bodies of which nothing is said."""

Form = Literal["instances", "lines", "inputs", "autogluon", "dataframe"]
_FORMS: dict[str, Form] = {
    "instances": "instances",
    "inputs": "inputs",
    "dataframe_split": "dataframe",
    "dataframe_records": "dataframe",
}
"""The form of a document by one of its keys."""
_CURE = (
    'Send {"instances": […]} as DeepAR and GluonTS take it, {"inputs": […]} as Chronos does, JSON '
    f"Lines with a series on each ({JSONLINES}), or AutoGluon's document ({AUTOGLUON})."
)


class Document(NamedTuple):
    """What a body holds."""

    form: Form
    content: Any
    """The JSON document; for `lines`, a list of those on the lines."""


def read_document(content: bytes, media_type: str) -> Document:
    """Return the document in a body, and which form it has.

    The media type tells JSON Lines and AutoGluon's form, and the keys of the document the others. A
    body without a media type is JSON Lines if it is no document of another form.

    Raises BodyBrokenError for a body that is no JSON, and RequestError for one of no known form.
    """
    if media_type == AUTOGLUON:
        return Document("autogluon", _parse(content))
    if media_type in _LINES:
        return Document("lines", _read_lines(content))
    try:
        document = _parse(content)
    except BodyBrokenError:
        if media_type in _UNNAMED:
            return Document("lines", _read_lines(content))
        raise
    keys = document if isinstance(document, dict) else {}
    forms = {form for key, form in _FORMS.items() if key in keys}
    if len(forms) == 1:
        return Document(forms.pop(), document)
    if media_type in _UNNAMED and "target" in keys:
        return Document("lines", [document])
    raise unknown_form(forms)


def unknown_form(forms: Collection[Form] = ()) -> RequestError:
    """Return the error for a body of no known form, or of several at once."""
    problem = f"The body has {len(forms)} forms" if forms else "The form of the body is unknown"
    return RequestError(f"{problem}{' at once' if forms else ''}. {_CURE}", code="form_unknown")


def _read_lines(content: bytes) -> list[Any]:
    lines = content.split(b"\n")
    return [
        _parse(line, f"Line {at} of the body") for at, line in enumerate(lines, 1) if line.strip()
    ]


def _parse(content: bytes, what: str = "The body") -> Any:
    try:
        return from_json(content)
    except ValueError as error:
        raise BodyBrokenError(f"{what} is not JSON: {error}.") from error
