"""What a spreadsheet holds besides values: cells with formulas or errors, areas that are merged."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesNSImpl

from review_portal.domain.errors import Invalid
from review_portal.intake.office_xml import (
    DAMAGED,
    BrokenXml,
    ForbiddenXml,
    attributes,
    column_number,
    content_types,
    run_sax,
)

_SHEETS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_BOOK_TYPE = "spreadsheetml.sheet.main+xml"
_CELL = re.compile(r"\$?([A-Za-z]{1,4})\$?([0-9]{1,9})")
_DEPTH = 200

Place = tuple[int, int]  # row and column, from 0


@dataclass
class Traces:
    """Of one sheet: where formulas and error values stand, merged areas from the first to the last cell."""

    formulas: set[Place] = field(default_factory=set)
    errors: set[Place] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)


def traces(data: bytes) -> Mapping[str, Traces]:
    """By sheet name, of a workbook that has passed the guard. Raises `Invalid`."""
    try:
        return _traces(data)
    except (BrokenXml, ForbiddenXml) as error:
        raise Invalid(DAMAGED) from error


def _traces(data: bytes) -> Mapping[str, Traces]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = content_types(archive, _DEPTH)
        names = {name.casefold(): name for name in archive.namelist()}
        found: dict[str, Traces] = {}
        for name, part in _parts(archive, types, names):
            reader = _Reader()
            with archive.open(part) as stream:
                run_sax(stream, reader)
            found[name] = reader.found
        return found


def _parts(
    archive: zipfile.ZipFile, types: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Each sheet's name and the part that holds it."""
    for book in (names[part] for part, kind in types.items() if kind.endswith(_BOOK_TYPE)):
        folder, name = posixpath.split(book)
        links = names.get(f"{folder}/_rels/{name}.rels".casefold().lstrip("/"))
        if links is None:
            continue
        targets = {
            row.get("Id", ""): row.get("Target", "") for row in attributes(archive, links, _RELATION, _DEPTH)
        }
        for sheet in attributes(archive, book, _SHEETS, _DEPTH):
            target = posixpath.normpath(posixpath.join("/", folder, targets.get(sheet.get("id", ""), "")))
            part = names.get(target.lstrip("/").casefold())
            if part is not None:
                yield sheet.get("name", ""), part


class _Reader(ContentHandler):
    """Cells may leave out their reference: then they follow the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.found = Traces()
        self._row = self._column = -1

    def startElementNS(
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        if name[1] == "row":
            number = attrs.get((None, "r"), "")
            self._row = int(number) - 1 if number.isdecimal() else self._row + 1
            self._column = -1
        elif name[1] == "c":
            self._column += 1
            if place := _place(attrs.get((None, "r"), "")):
                self._row, self._column = place
            if attrs.get((None, "t"), "") == "e":
                self.found.errors.add((self._row, self._column))
        elif name[1] == "f":
            self.found.formulas.add((self._row, self._column))
        elif name[1] == "mergeCell":
            first, _, last = attrs.get((None, "ref"), "").partition(":")
            if (start := _place(first)) and (end := _place(last or first)):
                self.found.merged.append((start, end))


def _place(reference: str) -> Place | None:
    found = _CELL.fullmatch(reference)
    return (int(found[2]) - 1, column_number(found[1]) - 1) if found else None
