"""Personal data in what leaves for inspection: names of experts become codes, numbers and addresses go."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "（已遮盖）"
_NUMBERS: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # addresses of letters
    r"|(?<!\d)\d{17}[\dXx](?!\w)"  # identity numbers
    r"|(?<!\w)(?:\+?86[- ]?)?1[3-9]\d{9}(?!\w)"  # mobile telephones
    r"|(?<!\w)0\d{2,3}-\d{7,8}(?!\w)"
)
_TAGS: Final = re.compile(r"<[^>]*>")
_ENDS: Final = re.compile(r"</(?:\w+:)?(?:p|tc|c|si|v|f|pt|row)>")  # what stands after them is another text
_BETWEEN: Final = re.compile(r">([^<>]+)<")
_READABLE: Final = (".xml", ".txt", ".json", ".csv", ".html")
_MOST = 200 << 20  # what one office file may hold unpacked; it comes from our own writers
# keys and columns that hold a person's own data, whatever table or form they stand in
PERSONAL: Final = re.compile(
    r"(^|_)(phones?|mobile|e?mail|contacts?|login|address|relative|employers?|attendees|witness|caller"
    r"|told_to|legal_representative|representative|id_number|id_card|name_key|search_key|checked_by|leader"
    r"|bank|account_number|complainant|identity|present|others)(_|$)"
)


class Masker:
    """names: what must not stand in the text -> what stands there instead."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {name: code for name, code in names.items() if len(name) > 1}
        longest = sorted(self._names, key=lambda name: (-len(name), name))
        self._pattern = re.compile("|".join(map(re.escape, longest))) if longest else None

    def text(self, value: str) -> str:
        """The text without names, numbers and addresses."""
        if self._pattern is not None:
            value = self._pattern.sub(lambda found: self._names[found.group()], value)
        return _NUMBERS.sub(HIDDEN, value)

    def value(self, value: Any) -> Any:
        """Any plain value, inside lists and maps; what stands under a personal key goes whole."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): HIDDEN if item and PERSONAL.search(str(key)) else self.value(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def field(self, name: str, value: Any) -> Any:
        """The value of a column of that name."""
        if value not in (None, "") and PERSONAL.search(name):
            return HIDDEN
        return self.value(value)

    def paper(self, data: bytes) -> bytes:
        """A paper as it may be shown: text, or an office file with each of its texts masked."""
        if not data.startswith(b"PK"):
            return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(target, "w") as copy:
            for entry in packed.infolist():
                inner = _read(packed, entry)
                if inner.startswith(b"PK"):
                    inner = self.paper(inner)
                elif entry.filename.endswith(_READABLE):
                    inner = _BETWEEN.sub(self._between, inner.decode()).encode()
                copy.writestr(entry, inner)
        return target.getvalue()

    def _between(self, found: re.Match[str]) -> str:
        text = html.unescape(found[1])
        masked = self.text(text)
        return found[0] if masked == text else f">{html.escape(masked, quote=False)}<"

    def clear(self, data: bytes) -> bool:
        """Whether a paper names nobody; office files are looked through unpacked."""
        return all(self.text(text) == text for text in _texts(data))


def _texts(data: bytes) -> list[str]:
    """What a file says: each part of an office file without its tags, so that split words are whole."""
    if not data.startswith(b"PK"):
        return [data.decode("utf-8", "replace")]
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for entry in packed.infolist():
            inner = _read(packed, entry)
            if inner.startswith(b"PK"):
                found += _texts(inner)
            elif entry.filename.endswith(_READABLE):
                told = _ENDS.sub("\n", inner.decode("utf-8", "replace"))
                found.append(html.unescape(_TAGS.sub("", told)))
    return found


def _read(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > _MOST:
        raise ValueError("an office file of our own is larger than any we write")
    return packed.read(entry)
