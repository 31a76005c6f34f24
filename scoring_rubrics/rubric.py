"""A rubric: criteria split into items with worded levels, and the one rule that checks a filled sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

FaultKind = Literal["missing", "range", "step", "comment", "opinion", "conclusion", "unknown"]
FullMarks = Literal["none", "item", "criterion"]
Scoring = Literal["levels", "rate"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right on a sheet. item is an item or criterion key, None for the sheet as a whole."""

    item: str | None
    kind: FaultKind
    msgid: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def text(self) -> str:
        """The Chinese sentence with its parameters filled in."""
        return self.msgid % self.params


@dataclass(frozen=True, slots=True)
class CommentRule:
    """Where a written reason is required; lengths count characters without white space."""

    levels: tuple[str, ...]
    full_marks: FullMarks
    minimum: int
    opinion_min: int
    opinion_max: int


@dataclass(frozen=True, slots=True)
class Level:
    """A band of points with its wording; name as written in the file, label as printed on forms."""

    name: str
    minimum: Decimal
    maximum: Decimal
    text: str
    label: str = ""
    places: int = 1

    @property
    def band(self) -> str:
        """The points of the level as printed: "9.0–10.0", or "3.0" where it is a single value."""
        low, high = f"{self.minimum:.{self.places}f}", f"{self.maximum:.{self.places}f}"
        return low if self.minimum == self.maximum else f"{low}–{high}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in a dossier to look: a label for people and a path into the parsed record."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Item:
    """One scored line. Levels cover 0..max_score without gaps on the step grid; scored by rate it has none.

    scoring     "levels" (an expert gives points) or "rate" (max_score × min(completion rate, 100 %))
    indicator   for a rate: number of the KPI row it measures, else None
    fact        what the page shows above the item as a plain fact, e.g. the goals that were recognised
    """

    key: str
    name: str
    max_score: Decimal
    look_for: str
    evidence: tuple[Evidence, ...]
    levels: tuple[Level, ...]
    fact: str | None = None
    step: Decimal = Decimal("0.5")
    scoring: Scoring = "levels"
    indicator: int | None = None

    def level_of(self, points: Decimal) -> Level:
        """The level that holds these points; ValueError when they lie outside the item or off its grid."""
        for level in self.levels:
            if level.minimum <= points <= level.maximum:
                return level
        raise ValueError(f"“{self.name}”没有包含{points}分的等次")


@dataclass(frozen=True, slots=True)
class Criterion:
    """A first-level criterion; its weight is the sum of its items' max_score."""

    key: str
    name: str
    weight: Decimal
    source: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class AcceptanceRules:
    """How a yearly acceptance is decided. Rates in percent; the pass rate of a signed task book prevails."""

    pass_rate: Decimal
    rectify: bool
    rectify_rate: Decimal
    rectify_mean: Decimal
    rectify_months: int
    due_months: int
    due_roll: Literal["none", "next_working_day"]
    redistribute: bool


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria of one scoring exercise, with the texts of its signed sheet."""

    key: str
    name: str
    sheet_title: str
    total: Decimal
    step: Decimal
    basis: str
    criteria: tuple[Criterion, ...]
    conclusions: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    foot: str = ""
    vetoes: tuple[str, ...] = ()
    record_fields: tuple[str, ...] = ()
    acceptance: AcceptanceRules | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the sheet."""
        return tuple(item for criterion in self.criteria for item in criterion.items)

    def item(self, key: str) -> Item:
        """The item with this key; KeyError when the rubric has none."""
        for item in self.items:
            if item.key == key:
                return item
        raise KeyError(key)

    def criterion(self, key: str) -> Criterion:
        """The criterion with this key; KeyError when the rubric has none."""
        for criterion in self.criteria:
            if criterion.key == key:
                return criterion
        raise KeyError(key)

    def criterion_of(self, item_key: str) -> Criterion:
        """The criterion that holds this item; KeyError when the rubric has no such item."""
        for criterion in self.criteria:
            if any(item.key == item_key for item in criterion.items):
                return criterion
        raise KeyError(item_key)

    def check(
        self,
        points: Mapping[str, Decimal | None],
        comments: Mapping[str, str],
        opinion: str,
        rules: CommentRule,
        conclusion: str | None = None,
    ) -> tuple[Fault, ...]:
        """Every fault of a filled sheet in sheet order; () means that it may be submitted.

        points and comments are keyed by item key, comments also by criterion key; a missing point is None
        or absent.
        """
        faults = [*self._unknown(points, comments)]
        valid: dict[str, Decimal] = {}
        for item in self.items:
            given = points.get(item.key)
            fault = _fault_of_points(item, given)
            if fault is None and given is not None:
                valid[item.key] = given
                fault = _fault_of_comment(item, given, comments.get(item.key, ""), rules)
            if fault is not None:
                faults.append(fault)
        faults += self._full_marks(valid, comments, rules)
        faults += _faults_of_opinion(opinion, rules)
        faults += self._faults_of_conclusion(conclusion)
        return tuple(faults)

    def _unknown(self, points: Mapping[str, object], comments: Mapping[str, str]) -> Iterator[Fault]:
        items = {item.key for item in self.items}
        known_for_comments = items | {criterion.key for criterion in self.criteria}
        for key in [
            *(k for k in points if k not in items),
            *(k for k in comments if k not in known_for_comments),
        ]:
            yield Fault(key, "unknown", "评分表中没有“%(key)s”这一项，请使用本轮下发的评分表。", {"key": key})

    def _full_marks(
        self, valid: Mapping[str, Decimal], comments: Mapping[str, str], rules: CommentRule
    ) -> Iterator[Fault]:
        if rules.full_marks != "criterion":
            return
        for criterion in self.criteria:
            keys = [item.key for item in criterion.items]
            full = all(valid.get(item.key) == item.max_score for item in criterion.items)
            written = any(_length(comments.get(key, "")) >= rules.minimum for key in [criterion.key, *keys])
            if full and not written:
                yield Fault(
                    criterion.key,
                    "comment",
                    "“%(name)s”各项均为满分，请在其中一项写明评分理由，不少于%(minimum)s字。",
                    {"name": criterion.name, "minimum": rules.minimum},
                )

    def _faults_of_conclusion(self, conclusion: str | None) -> Iterator[Fault]:
        if self.conclusions and conclusion not in self.conclusions:
            choices = "、".join(self.conclusions)
            yield Fault(None, "conclusion", "请选择结论：%(choices)s。", {"choices": choices})
        if not self.conclusions and conclusion:
            yield Fault(None, "conclusion", "本评分表不设结论，请删去所填结论。")


def _length(text: str) -> int:
    return sum(not character.isspace() for character in text)


def _shown(points: Decimal) -> str:
    return format(points.normalize(), "f")


def _fault_of_points(item: Item, points: Decimal | None) -> Fault | None:
    named: dict[str, object] = {
        "name": item.name,
        "maximum": _shown(item.max_score),
        "step": _shown(item.step),
    }
    if points is None:
        return Fault(item.key, "missing", "“%(name)s”尚未评分，请填写0至%(maximum)s分。", named)
    if not points.is_finite() or not 0 <= points <= item.max_score:
        return Fault(item.key, "range", "“%(name)s”的得分应在0至%(maximum)s分之间，请改正。", named)
    if points % item.step != 0:
        return Fault(item.key, "step", "“%(name)s”的得分应为%(step)s分的整数倍，请改正。", named)
    return None


def _fault_of_comment(item: Item, points: Decimal, comment: str, rules: CommentRule) -> Fault | None:
    if _length(comment) >= rules.minimum or not item.levels:
        return None
    level = item.level_of(points)
    if level.name in rules.levels:
        return Fault(
            item.key,
            "comment",
            "“%(name)s”评为%(level)s，请写明评分理由，不少于%(minimum)s字。",
            {"name": item.name, "level": level.label or level.name, "minimum": rules.minimum},
        )
    if rules.full_marks == "item" and points == item.max_score:
        return Fault(
            item.key,
            "comment",
            "“%(name)s”为满分，请写明评分理由，不少于%(minimum)s字。",
            {"name": item.name, "minimum": rules.minimum},
        )
    return None


def _faults_of_opinion(opinion: str, rules: CommentRule) -> Iterator[Fault]:
    length = _length(opinion)
    if not rules.opinion_min <= length <= rules.opinion_max:
        yield Fault(
            None,
            "opinion",
            "总体意见应为%(minimum)s至%(maximum)s字，现为%(length)s字，请修改。",
            {"minimum": rules.opinion_min, "maximum": rules.opinion_max, "length": length},
        )
