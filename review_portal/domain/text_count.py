"""How long a text is, in the two ways that a limit of the form can be read, and when two texts are alike.

The notice says 不超过500字 without saying how to count, so both counts are kept: a limit is broken only
when both exceed it, and a person looks when one does.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

# A run of what Word joins to one word: everything below U+2000 that is no space. Beyond it stand the
# Chinese characters, full-width punctuation, curly quotes and dashes, which Word's Chinese editions
# count singly.
_RUN = re.compile(r"[^\s\u2000-\U0010ffff]+")
_SINGLE = re.compile(r"[\u2000-\U0010ffff]")
_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_NOT_COMMITTED = {"/", "\\", "//", "-", "--", "—", "——", "–", "无", "不涉及", "不承诺", "n/a", "na"}

Standing = Literal["within", "unclear", "over"]


@dataclass(frozen=True, slots=True)
class TextCount:
    """`word`: Word/WPS 字数, a Chinese character or full-width mark 1 each, a Latin or digit run 1.

    `nonspace`: characters without any space.
    """

    word: int
    nonspace: int

    def against(self, limit: int) -> Standing:
        """within both counts, unclear when one exceeds the limit, over when both do."""
        over = (self.word > limit) + (self.nonspace > limit)
        return ("within", "unclear", "over")[over]


def count_text(text: str) -> TextCount:
    """Count a text of any number of paragraphs."""
    visible = _SPACE.sub(" ", text)
    return TextCount(
        word=len(_RUN.findall(visible)) + len(_SINGLE.findall(visible)),
        nonspace=len(visible.replace(" ", "")),
    )


def fold(text: str) -> str:
    """For comparing: full-width forms to half-width, no spaces or fill-in lines, small letters."""
    return re.sub(r"[\s\u200b\ufeff_]+", "", unicodedata.normalize("NFKC", text)).lower()


def is_not_committed(raw: str) -> bool:
    """Whether a cell says that nothing is committed ("/", 无, 不涉及); a blank cell does not say so."""
    return fold(raw) in _NOT_COMMITTED
