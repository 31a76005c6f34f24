"""What was struck out and what was put in between two texts, in pieces that a reader can follow."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal, NamedTuple

_TOKENS = re.compile(r"[0-9A-Za-z.]+|\s+|.", re.DOTALL)
_SHORT = 2  # tokens that stayed between two changes: as few as these are read as part of the change


class Piece(NamedTuple):
    """A stretch of text: kept in both, struck out of the old, or put into the new."""

    kind: Literal["kept", "out", "in"]
    text: str


def changes(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces from old to new in reading order: kept and out together give old, kept and in give new.

    Numbers and Latin words are not cut; a character or two that happen to agree inside of a change belong to
    it, so that a sentence put otherwise does not fall to crumbs.
    """
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    blocks: list[tuple[bool, str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        same = tag == "equal" and (i2 - i1 > _SHORT or i1 == 0 or i2 == len(before))
        blocks.append((same, "".join(before[i1:i2]), "".join(after[j1:j2])))
    found: list[Piece] = []
    for same, group in groupby(blocks, key=lambda block: block[0]):
        joined = list(group)
        struck, put = "".join(block[1] for block in joined), "".join(block[2] for block in joined)
        pieces = (Piece("kept", put),) if same else (Piece("out", struck), Piece("in", put))
        found += [piece for piece in pieces if piece.text]
    return tuple(found)
