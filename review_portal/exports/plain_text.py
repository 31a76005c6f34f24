"""Text made safe for office files, and the few wordings that every sheet shares."""

from __future__ import annotations

import re
from collections.abc import Iterable

from review_portal.domain import wording

ADVICE = str(wording.REFERENCE_ONLY)
ASSUMED = str(wording.ASSUMED)
MISSING = "—"

_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDE = re.compile("[\u2e80-\U0010ffff“”‘’—…·]+")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\x0b|\x0c")


def clean(text: str) -> str:
    """Text that an office file can hold: what XML forbids becomes U+FFFD (seen, not silently dropped)."""
    if text.isprintable():  # most are, and nothing that prints is forbidden
        return text
    return _NOT_XML.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def digest_groups(digest: str) -> str:
    """A check code in groups of four, as people compare it: `ab12 cd34 …`. Empty stays "—"."""
    bare = "".join(digest.split())
    return " ".join(bare[start : start + 4] for start in range(0, len(bare), 4)) or MISSING


def listed(names: Iterable[str]) -> str:
    """Names joined with 、; none is "—"."""
    return "、".join(names) or MISSING


def shown_width(text: str) -> int:
    """Columns that a text takes where a Chinese character counts two."""
    return len(text) + sum(map(len, _WIDE.findall(text)))


def wrapped_lines(text: str, columns: int) -> int:
    """Lines that `text` takes at `columns` columns; at least one."""
    if 2 * len(text) <= columns and "\n" not in text:
        return 1
    return sum(max(1, -(-shown_width(line) // columns)) for line in text.split("\n"))
