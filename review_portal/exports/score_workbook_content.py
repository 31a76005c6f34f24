"""What a workbook for scoring offline is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from review_portal.domain.chinese_dates import time_text
from review_portal.domain.offline_sheet import Content
from scoring_rubrics import CommentRule, Item, Rubric


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """A dossier with what its expert has typed so far."""

    review: str
    number: str
    unit: str
    members: tuple[str, ...]
    recommender: str
    content: Content


@dataclass(frozen=True, slots=True)
class ScoreWorkbook:
    """An expert's open dossiers of a round; `guard` is the signed block that the upload asks for."""

    call: str
    round: str
    code: str
    rubric: Rubric
    rules: CommentRule
    level_labels: Mapping[str, str]
    deadline: datetime | None
    made_at: datetime
    guard: str
    foot: str
    sheets: tuple[ScoreSheet, ...]

    @property
    def until(self) -> str:
        """When the round is meant to close."""
        return time_text(self.deadline) if self.deadline else "以秘书处通知为准"

    @property
    def opinion_length(self) -> str:
        """How long an opinion has to be, in words."""
        low, high = self.rules.opinion_min, self.rules.opinion_max
        return f"{low}至{high}字" if low else f"可不写，至多{high}字"

    def level_label(self, name: str) -> str:
        """A level as printed."""
        return self.level_labels.get(name, name)


def level_names(item: Item) -> tuple[str, ...]:
    """What the dropdown of an item offers: its levels as printed."""
    return tuple(level.label or level.name for level in item.levels)
