"""Reads the structure of Office files without trusting it: no entities, no DTD, no tree in memory."""

import zipfile
from dataclasses import dataclass
from typing import IO
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl

import defusedxml.sax
from defusedxml.common import DefusedXmlException

CONTENT_TYPES = "[Content_Types].xml"
_TYPES_SPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_ATTRIBUTES_FROM_AT_MOST = 4 * 1024 * 1024


class ForbiddenXml(Exception):
    """The part declares entities or a DTD, or nests deeper than any honest document."""


class BrokenXml(Exception):
    """The part is not well-formed, or far larger than its kind ever is."""


@dataclass(frozen=True)
class Relation:
    """One relation of a package: its type URI and whether its target lies outside the file."""

    type: str
    external: bool


def check_xml(part: IO[bytes], *, max_depth: int) -> None:
    """Read the part once in constant memory; raises ``ForbiddenXml`` or ``BrokenXml``."""
    _read(part, "", max_depth)


def content_types(archive: zipfile.ZipFile, max_depth: int) -> dict[str, str]:
    """Declared content type per part (name in lower case); overrides prevail over extension defaults."""
    defaults = _attributes(archive, CONTENT_TYPES, f"{{{_TYPES_SPACE}}}Default", max_depth)
    overrides = _attributes(archive, CONTENT_TYPES, f"{{{_TYPES_SPACE}}}Override", max_depth)
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
        for row in _attributes(archive, name, wanted, max_depth)
    ]


def _attributes(archive: zipfile.ZipFile, name: str, wanted: str, max_depth: int) -> list[dict[str, str]]:
    if archive.getinfo(name).file_size > _ATTRIBUTES_FROM_AT_MOST:
        raise BrokenXml(f"{name} is too large")
    with archive.open(name) as part:
        return _read(part, wanted, max_depth)


def _read(part: IO[bytes], wanted: str, max_depth: int) -> list[dict[str, str]]:
    """The attributes of every ``{namespace}name`` element, in order."""
    handler = _Collector(wanted, max_depth)
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(handler)
    try:
        parser.parse(part)
    except DefusedXmlException as error:
        raise ForbiddenXml(str(error)) from error
    except SAXException as error:
        raise BrokenXml(str(error)) from error
    return handler.found


class _Collector(ContentHandler):
    """Follows the nesting and keeps nothing but the attributes asked for."""

    def __init__(self, wanted: str, max_depth: int) -> None:
        super().__init__()
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
        if self._wanted == f"{{{name[0]}}}{name[1]}":
            self.found.append({local: value for (_space, local), value in attrs.items()})

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        self._depth -= 1
