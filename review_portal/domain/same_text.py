"""Whether two people who typed the same handwriting mean the same: words count, not how they are set."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SET: Final = re.compile(r"[\s。、;!?“”‘’\"'()《》【】\[\]…—~·]+")
_AROUND: Final = re.compile(r"(?<![0-9])[.,:]+|[.,:]+(?![0-9])")  # 3.5 and 10:30 keep their sign


def folded(text: str) -> str:
    """The text without white space and punctuation, widths and case folded; signs inside figures stay."""
    plain = _SET.sub("", unicodedata.normalize("NFKC", text))
    return _AROUND.sub("", plain).casefold()


def same(first: str, second: str) -> bool:
    """Whether the two say the same words."""
    return folded(first) == folded(second)
