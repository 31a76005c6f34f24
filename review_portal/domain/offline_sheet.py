"""How the workbook for scoring offline is laid out: what its writer and its reader must agree on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

INTRO: Final = "说明"
GUARD: Final = "校验"  # hidden: the signed block, and the lists that the dropdowns offer
LEVEL, POINTS, REASON, VALUE = "档次", "得分", "评分理由", "分值"  # heads of the columns that are read
SHEET_MARK, HEAD_MARK, ITEM_MARK = "§sheet:", "§head", "§item:"
OPINION_MARK, CONCLUSION_MARK = "§opinion", "§conclusion"
CUT: Final = "……（超过单元格容量，全文见系统）"  # ends a text of which a cell holds only the beginning

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
