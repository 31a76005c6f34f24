"""The archive's zip: parts written one after another, never all in memory, with the digest of each.

Nothing is packed smaller: packing differs between machines, and the bytes of equal data have to be equal.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Final

from review_portal.domain.chinese_dates import local_date

MANIFEST: Final = "MANIFEST.sha256"
_RESERVED: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
_LONGEST = 80  # of a name without its ending: a folder on a disc adds to it, and Windows stops at 260
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive.

    `chunks` gives its bytes when it is its turn. `title` and what follows stand in 归档目录.xlsx; a part
    without a title is a technical file and listed after the others. `dated`: the day its content speaks of.
    """

    path: str
    chunks: Callable[[], Iterable[bytes]]
    dated: date | None = None
    title: str = ""
    number: str = ""
    by: str = ""
    copies: str = ""
    keep: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A part as it was written: SHA-256 (hex) and size in bytes."""

    part: Part
    sha256: str
    size: int


def safe_name(text: str, longest: int = _LONGEST) -> str:
    """A file name that Windows, macOS and Linux take: no reserved characters, not too long."""
    name = _RESERVED.sub("_", unicodedata.normalize("NFC", text)).strip(" .")[:longest].strip(" .")
    return f"_{name}" if _DEVICES.match(name) else name or "未命名"


def numbered(place: int, title: str, dated: date | None, suffix: str) -> str:
    """`NNN_名称_日期.ext`; without the date where none is known."""
    day = f"_{dated:%Y%m%d}" if dated else ""
    return f"{place:03}_{safe_name(title)}{day}.{safe_name(suffix.lower(), 8)}"


def day_of(value: datetime | date | None) -> date | None:
    """The office's day of a moment."""
    return local_date(value) if isinstance(value, datetime) else value


class Packer:
    """Writes parts into a zip; `finish` adds the manifest. Paths are told apart without regard to case."""

    def __init__(self, target: IO[bytes], default: date) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)
        self._default = default
        self._taken: set[str] = set()
        self.written: list[Written] = []

    def add(self, part: Part) -> Written:
        """Write one part. Raises what its content raises, `OSError` where the disk takes no more."""
        if part.path.casefold() in self._taken:
            raise ValueError(f"two files of the archive have one name: {part.path}")
        self._taken.add(part.path.casefold())
        sha, size = hashlib.sha256(), 0
        with self._zip.open(self._entry(part.path, part.dated), "w", force_zip64=True) as stream:
            for chunk in _in_chunks(part.chunks()):
                sha.update(chunk)
                size += len(chunk)
                stream.write(chunk)
        self.written.append(Written(part, sha.hexdigest(), size))
        return self.written[-1]

    def finish(self) -> str:
        """Write the manifest as `sha256sum -c` reads it and close; the manifest's own SHA-256 (hex)."""
        lines = sorted(f"{item.sha256}  {item.part.path}\n" for item in self.written)
        data = "".join(sorted(lines, key=lambda line: line[66:])).encode()
        with self._zip.open(self._entry(MANIFEST, None), "w") as stream:
            stream.write(data)
        self._zip.close()
        return hashlib.sha256(data).hexdigest()

    def abandon(self) -> None:
        """Let go of a zip that is not finished: its file is deleted."""
        self._zip.fp = None

    def _entry(self, path: str, dated: date | None) -> zipfile.ZipInfo:
        day = dated or self._default
        year = min(max(day.year, 1980), 2107)
        entry = zipfile.ZipInfo(path, (year, day.month, day.day, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        entry.create_system = 3
        return entry


def _in_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _CHUNK):
            yield chunk[start : start + _CHUNK]
