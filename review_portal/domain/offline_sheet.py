"""How the workbook for scoring offline is laid out: what its writer and its reader must agree on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

INTRO: Final = "说明"
GUARD: Final = "校验"  # hidden: the signed block, and the lists that the dropdowns offer
LEVEL, POINTS, REASON, VALUE = "档次", "得分", "评分理由", "分值"  # heads of the columns that are read
SHEET_MARK, HEAD_MARK, ITEM_MARK = "§sheet:", "§head", "§item:"
OPINION_MARK, CONCLUSION_MARK = "§opinion", "§conclusion"
CUT: Final = "……（超过单元格容量，全文见系统）"  # ends a text of which a cell holds only the beginning
# what a person writes for points; Decimal alone would also take the slips 1_0 and 1e1 for ten
_NUMBER = re.compile(r"[+-]?([0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9})")

Content = Mapping[str, Any]  # points and comments by item, opinion, conclusion: texts


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """One dossier's sheet of a returned workbook, as texts.

    place: the name of its worksheet. cells: address of each field (part, item), of the opinion and of the
    conclusion. unscored: items of which a level was chosen and no points were given.
    """

    review: str
    place: str
    content: Content
    cells: Mapping[tuple[str, str], str]
    unscored: tuple[str, ...] = ()


def number(text: str) -> Decimal | None:
    """Points from a text, full-width digits too; None where it is no number."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def points_text(text: str) -> str:
    """Points in one way of writing: 8.50 and ８.5 are 8.5; what is no number stays as typed."""
    value = number(text)
    return text.strip() if value is None else f"{(value + 0).normalize():f}"
