"""What a Word file leaves to the office (【待填：…】), and the same file with that filled in."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from review_portal.exports.plain_text import clean

_BLANK: Final = re.compile("【待填：([^】]+)】")
_SIGN: Final = "【待填：".encode()
_PARTS: Final = re.compile(r"word/(document|header\d*|footer\d*)\.xml")


def blanks(data: bytes) -> list[str]:
    """Labels of what is left to be filled, each once, in reading order; headers and footers come last."""
    found = [label for _name, root in _roots(data) for text in _texts(root) for label in _labels(text)]
    return list(dict.fromkeys(found))


def fill(data: bytes, facts: Mapping[str, str]) -> bytes:
    """The file with the facts in their places, by label, no longer highlighted; equal input, equal bytes."""
    known = {label: clean(text) for label, text in facts.items() if text}
    if not known:
        return data
    target = io.BytesIO()
    changed = {name: _fill(root, known) for name, root in _roots(data)}
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
        for entry in source.infolist():
            copy.writestr(entry, changed.get(entry.filename) or source.read(entry))
    return target.getvalue()


def _roots(data: bytes) -> Iterator[tuple[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        for name in sorted(filter(_PARTS.fullmatch, source.namelist())):
            part = source.read(name)
            if _SIGN in part:  # most papers leave nothing open: reading them again would be for nothing
                yield name, parse_xml(part)


def _texts(root: Any) -> Iterator[Any]:
    return (text for text in root.iter(qn("w:t")) if text.text)


def _labels(text: Any) -> list[str]:
    return _BLANK.findall(text.text)


def _fill(root: Any, known: Mapping[str, str]) -> bytes:
    """Put what is known into a part; a run that leaves nothing open loses its highlight."""
    for text in _texts(root):
        if not set(_labels(text)) & set(known):
            continue
        text.text = _BLANK.sub(lambda found: known.get(found[1], found[0]), text.text)
        properties = text.getparent().find(qn("w:rPr"))
        highlight = properties.find(qn("w:highlight")) if properties is not None else None
        if highlight is not None and not _labels(text):
            properties.remove(highlight)
    return bytes(serialize_part_xml(root))
