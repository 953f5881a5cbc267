"""Workbooks as Excel writes them, made of their parts so that tests can bend them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - sheets know no time zones


@dataclass(frozen=True)
class Formula:
    """A cell with a formula and the value that it had when the workbook was saved, if any."""

    text: str
    value: float | None = None


Cell = str | float | dt.date | Formula | None


def write_workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """Return a workbook whose sheets hold these rows."""
    members = {f"xl/worksheets/sheet{n}.xml": sheet(rows) for n, rows in enumerate(sheets.values())}
    return zip_workbook(list(sheets), members)


def sheet(rows: Sequence[Sequence[Cell]]) -> str:
    """Return the part of a workbook that holds these rows."""
    lines = [
        f'<row r="{number}">{"".join(map(_cell, _references(number, row), row))}</row>'
        for number, row in enumerate(rows, 1)
    ]
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def zip_workbook(names: Sequence[str], sheets: Mapping[str, str]) -> bytes:
    """Return a workbook of the sheets of these names, given as the parts that hold them."""
    listed = [
        f'<sheet name={quoteattr(name)} sheetId="{n + 1}" r:id="r{n}"/>'
        for n, name in enumerate(names)
    ]
    targets = [
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(names)
    ]
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_KIND}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{''.join(listed)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{"".join(targets)}'
        f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
        **sheets,
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, text in parts.items():
            whole = text if text.startswith("<?xml") else _HEAD + text
            archive.writestr(zipfile.ZipInfo(name), whole, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _references(number: int, row: Sequence[Cell]) -> list[str]:
    return [f"{chr(ord('A') + column)}{number}" for column in range(len(row))]


def _cell(reference: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f'<c r="{reference}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    if isinstance(cell, Formula):
        value = "" if cell.value is None else f"<v>{cell.value}</v>"
        return f'<c r="{reference}"><f>{escape(cell.text)}</f>{value}</c>'
    if isinstance(cell, dt.date):
        moment = dt.datetime(*cell.timetuple()[:6])  # noqa: DTZ001
        return f'<c r="{reference}" s="1"><v>{(moment - _FIRST_DAY) / dt.timedelta(days=1)}</v></c>'
    return f'<c r="{reference}"><v>{cell}</v></c>'
