"""A comment that contradicts its points, by the words that the call's rules list. A prompt, not a verdict.

Read from left to right, the longest listed word first, each stretch of text counts once: 不完整 is a fault
and not also 完整. A word does not count where a negation stands in the same clause, at most `REACH`
characters before it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

REACH = 6
_CLAUSE = re.compile(r"[，。；：、！？,.;:!?\s（）()]")


class Words(Protocol):
    """The call's lists, as `scoring_rubrics.Triggers` has them."""

    @property
    def praise(self) -> tuple[str, ...]: ...
    @property
    def faults(self) -> tuple[str, ...]: ...
    @property
    def negations(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """The listed words that a comment says, each once, in their order."""

    praise: tuple[str, ...]
    faults: tuple[str, ...]


def heard(comment: str, words: Words) -> Heard:
    """Which of the listed words stand in a comment and are not negated."""
    text = unicodedata.normalize("NFKC", comment)
    found: list[str] = []
    for match in _pattern((*words.praise, *words.faults)).finditer(text):
        clause = _CLAUSE.split(text[: match.start()])[-1][-REACH:]
        if match[0] not in found and not any(word in clause for word in words.negations):
            found.append(match[0])
    return Heard(
        tuple(word for word in found if word in words.praise),
        tuple(word for word in found if word in words.faults),
    )


def contradicting(comment: str, words: Words, *, low: bool, full: bool) -> tuple[str, ...]:
    """The words that contradict the points: nothing but praise on a low level, faults at full marks."""
    said = heard(comment, words)
    if low and not said.faults:
        return said.praise
    return said.faults if full else ()


@lru_cache(maxsize=8)
def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))
