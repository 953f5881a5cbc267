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
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
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


def write_open_document(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return a workbook as LibreOffice writes it, with a sheet of these rows and empty cells to the
    end of the sheet."""
    lines = [f"<table:table-row>{''.join(map(_open_cell, row))}</table:table-row>" for row in rows]
    rest = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    names = "".join(f' xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f"{_HEAD}<office:document-content{names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Sheet1">{"".join(lines)}{rest}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'{_HEAD}<manifest:manifest xmlns:manifest="{_OPEN}:manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), manifest)
        archive.writestr(zipfile.ZipInfo("content.xml"), content)
    return sink.getvalue()


def _open_cell(cell: Cell) -> str:
    if isinstance(cell, dt.date):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
        )
    if isinstance(cell, str):
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(cell)}</text:p></table:table-cell>"
        )
    return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'


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
