"""The house of one selection: the people in it, and what happens to which unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from flask import Flask

from tests.factories_selection import (
    BELOW,
    CHAIR,
    FIRST,
    PANEL,
)
from tests.journeys.steps import Hand

LISTS = Path(__file__).parents[1] / "data" / "recommendations"
LETTER = ("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
STAGES = ("书面评审", "现场答辩")
CORRECTED = "2023-004"
SECRET = "仅本人可见的评分理由（示例）"  # stands in one sheet; nobody else may meet it before unsealing
RECUSED, ASKED = ("壬示例", FIRST), ("癸示例", BELOW)  # by the register, by the expert's own request
REVISES, KEEPS = ("癸示例", "2023-004"), ("丁示例", "2023-001")


@dataclass
class World:
    """The house of one selection: the people in it, by what they are called."""

    app: Flask
    people: dict[str, Hand] = field(default_factory=dict)
    totals: dict[tuple[str, str], Decimal] = field(
        default_factory=dict
    )  # of submitted sheets, by expert and number

    def __getattr__(self, name: str) -> Hand:
        return self.people[name]

    def newcomer(self, name: str) -> Hand:
        """Somebody sits down at a browser of their own."""
        self.people[name] = Hand(self.app)
        return self.people[name]

    @property
    def experts(self) -> Mapping[str, Hand]:
        """The panel by name, in the order of the panel."""
        return {name: self.people[name] for name in PANEL}

    @property
    def chair(self) -> Hand:
        """The expert whom the panel elects."""
        return self.people[CHAIR]
