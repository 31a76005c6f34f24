"""Reads the structure and the tables of Office files without trusting them.

The first half serves the upload guard (no entities, no DTD, no tree in memory); the second half gives
rows of text to readers, after the guard has passed the file.
"""

import csv
import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl

import defusedxml.sax
from defusedxml.common import DefusedXmlException
from python_calamine import CalamineError, CalamineWorkbook

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark as _

CONTENT_TYPES = "[Content_Types].xml"
_TYPES_SPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
RELATIONS_ROOT = f"{{{_RELATIONS_SPACE}}}Relationships"
_CHUNK = 64 * 1024
_ATTRIBUTES_FROM_AT_MOST = 4 * 1024 * 1024
_WORKSHEET_TYPE = "spreadsheetml.worksheet+xml"
# A reader lays out the whole rectangle of used cells: one stray cell in the last corner asks for 17 billion.
_CELLS_AT_MOST = 2_000_000
_DEPTH = 200
DAMAGED = _("文件已损坏，无法打开。请在 Word/WPS 中确认能正常打开，另存一份后重新上传。")
_AREA_TOO_LARGE = _("表格占用的区域过大。请删除多余的空行和空列，另存一份后重新上传。")


class ForbiddenXml(Exception):
    """The part declares entities or a DTD, or nests deeper than any honest document."""


class BrokenXml(Exception):
    """The part is not well-formed, or far larger than its kind ever is."""


@dataclass(frozen=True)
class Relation:
    """One relation of a package: its type URI and whether its target lies outside the file."""

    type: str
    external: bool


@dataclass(frozen=True)
class Row:
    """One row of a table: its number as people count it, where it stands, its cells as stripped text."""

    number: int
    place: str
    cells: tuple[str, ...]

    def cell(self, column: int | None) -> str:
        """The text of a column; empty where the row is shorter or the column is not there."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """One sheet of a workbook, one table of a document, or one text file."""

    name: str
    rows: tuple[Row, ...]


def unpacked(data: bytes, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Size and CRC-32 of what an entry of the archive really holds, found in pieces of 64 KiB.

    ``zipfile`` stops at the declared size, other readers do not, so the packed bytes themselves are
    run to their end, but never much further than the declaration.  Raises ``zlib.error`` and
    ``struct.error`` for broken bytes.
    """
    lengths = struct.unpack("<HH", data[entry.header_offset + 26 : entry.header_offset + 30])
    start = entry.header_offset + 30 + sum(lengths)
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        return len(packed), zlib.crc32(packed)
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    size, checksum = 0, 0
    while not stream.eof and size <= entry.file_size:
        piece = stream.decompress(packed, _CHUNK)
        packed = stream.unconsumed_tail
        if not piece and not packed:
            break
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
    return size, checksum


def check_xml(part: IO[bytes], *, max_depth: int) -> str:
    """Read the part once in constant memory and give its root; raises ``ForbiddenXml`` or ``BrokenXml``."""
    return _read(part, "", max_depth).root


def content_types(archive: zipfile.ZipFile, max_depth: int) -> dict[str, str]:
    """Declared content type per part (name in lower case); overrides prevail over extension defaults."""
    defaults = attributes(archive, CONTENT_TYPES, f"{{{_TYPES_SPACE}}}Default", max_depth)
    overrides = attributes(archive, CONTENT_TYPES, f"{{{_TYPES_SPACE}}}Override", max_depth)
    by_extension = {row.get("Extension", "").casefold(): row.get("ContentType", "") for row in defaults}
    names = [name.casefold() for name in archive.namelist()]
    types = {name: by_extension.get(name.rpartition(".")[2], "") for name in names}
    for row in overrides:
        types[row.get("PartName", "").lstrip("/").casefold()] = row.get("ContentType", "")
    return types


def relations(archive: zipfile.ZipFile, max_depth: int) -> list[Relation]:
    """Every relation of every part, in the archive's order."""
    wanted = f"{{{_RELATIONS_SPACE}}}Relationship"
    return [
        Relation(row.get("Type", ""), row.get("TargetMode", "").casefold() == "external")
        for name in archive.namelist()
        if name.casefold().endswith(".rels")
        for row in attributes(archive, name, wanted, max_depth)
    ]


def attributes(archive: zipfile.ZipFile, name: str, wanted: str, max_depth: int) -> list[dict[str, str]]:
    """The attributes of every ``{namespace}name`` element of a part, in order, by local name."""
    if archive.getinfo(name).file_size > _ATTRIBUTES_FROM_AT_MOST:
        raise BrokenXml(f"{name} is too large")
    with archive.open(name) as part:
        return _read(part, wanted, max_depth).found


def _read(part: IO[bytes], wanted: str, max_depth: int) -> "_Collector":
    """The part's root and the attributes of every ``{namespace}name`` element, in order."""
    handler = _Collector(wanted, max_depth)
    run_sax(part, handler)
    return handler


def run_sax(part: IO[bytes], handler: ContentHandler) -> None:
    """Read the part once, without entities or DTD; raises ``ForbiddenXml`` or ``BrokenXml``."""
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(handler)
    try:
        parser.parse(part)
    except DefusedXmlException as error:
        raise ForbiddenXml(str(error)) from error
    except (SAXException, LookupError) as error:  # LookupError: an encoding that nobody knows
        raise BrokenXml(str(error)) from error


class _Collector(ContentHandler):
    """Follows the nesting and keeps nothing but the attributes asked for."""

    def __init__(self, wanted: str, max_depth: int) -> None:
        super().__init__()
        self.root = ""
        self.found: list[dict[str, str]] = []
        self._wanted = wanted
        self._max_depth = max_depth
        self._depth = 0

    def startElementNS(
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            raise ForbiddenXml(f"nested deeper than {self._max_depth}")
        element = f"{{{name[0]}}}{name[1]}"
        self.root = self.root or element
        if self._wanted == element:
            self.found.append({local: value for (_space, local), value in attrs.items()})

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        self._depth -= 1


def xlsx_tables(data: bytes) -> tuple[Table, ...]:
    """The sheets of a workbook that has passed the guard, rows numbered as Excel shows them.

    Whole numbers come without a decimal point, dates as ISO 8601.  Raises ``Invalid``.
    """
    _check_used_areas(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            (name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names
        ]
    except (CalamineError, ValueError, OSError) as error:
        raise Invalid(DAMAGED) from error
    return tuple(
        Table(
            name,
            tuple(
                Row(number, f"工作表“{name}”第{number}行", tuple(_cell_text(value) for value in values))
                for number, values in enumerate(rows, 1)
            ),
        )
        for name, rows in sheets
    )


def _check_used_areas(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = content_types(archive, _DEPTH)
        for entry in archive.infolist():
            if types.get(entry.filename.casefold(), "").endswith(_WORKSHEET_TYPE):
                area = _UsedArea()
                with archive.open(entry) as part:
                    run_sax(part, area)
                if area.rows * area.columns > _CELLS_AT_MOST:
                    raise Invalid(_AREA_TOO_LARGE)


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).strip()


def csv_table(data: bytes) -> Table:
    """A comma or tab separated file in UTF-8 or GB 18030; rows numbered as a spreadsheet would show them."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Invalid(_("文件的文字编码无法识别。请另存为 .xlsx 后重新上传。")) from error
    delimiter = "\t" if text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid(_("文件不是规范的 CSV 表格。请另存为 .xlsx 后重新上传。")) from error
    rows = (
        Row(number, f"第{number}行", tuple(value.strip() for value in values))
        for number, values in enumerate(lines, 1)
    )
    return Table("", tuple(rows))


class _UsedArea(ContentHandler):
    """The rectangle from A1 to the last cell of a sheet; cells may leave out their reference."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = 0
        self.columns = 0
        self._row = 0
        self._column = 0

    def startElementNS(
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        reference = attrs.get((None, "r"), "")
        if name[1] == "row":
            self._row = int(reference) if reference.isdecimal() else self._row + 1
            self._column = 0
        elif name[1] == "c":
            self._column += 1
            if found := re.fullmatch(r"([A-Za-z]{1,4})([0-9]{1,9})", reference):
                self._column, self._row = column_number(found[1]), int(found[2])
            self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)


def column_number(letters: str) -> int:
    """The number of a column from its letters: A is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
