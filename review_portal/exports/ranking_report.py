"""What the ranking workbook prints: one frozen ranking with its rounds, rule and check codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from review_portal.exports.case_minutes import CaseMinutes
from review_portal.exports.figures import CallHead, RoundScores, Unit

DEFAULT_SIGNERS = ("专家组组长", "计分人", "复核人", "监督人员")


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A dossier with a place; scores in the order of the rounds that count, references in that of their
    labels.
    """

    rank: int
    unit: Unit
    round_scores: tuple[Decimal | None, ...]
    final: Decimal
    references: tuple[Decimal | None, ...]
    tie_note: str = ""
    panel_opinion: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """A dossier without a place; `reason` is the label (放弃答辩, 已撤回, 未进入答辩), `detail` says why."""

    unit: Unit
    round_scores: tuple[Decimal | None, ...]
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AdmissionRow:
    """A dossier on one panel's list; without a place where it was withdrawn or not scored."""

    unit: Unit
    rank: int | None
    score: Decimal | None
    status: str


@dataclass(frozen=True, slots=True)
class Admission:
    """One panel's frozen list of those who go on: its places and scores say nothing about another panel's."""

    title: str
    places: int
    threshold: Decimal
    rows: tuple[AdmissionRow, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the rule in plain words; an assumed one is marked as such beside its value."""

    label: str
    value: str
    assumed: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class TieKey:
    """One thing that equal final scores are compared by: a criterion (its place in the stage's rubric) or,
    with None, the stage's score.
    """

    label: str
    stage: str
    criterion: int | None


@dataclass(frozen=True, slots=True)
class RankingReport:
    """One frozen ranking, sorted by the caller.

    `frozen_by` and `approved_by` are written as role and code (专家组组长 Z1) where the person is an expert:
    no expert's name may stand anywhere in this report. `remarks` are the sentences under the ranking (small
    numbers, dependence on the rule, reconciliation). The file's date is `frozen_at`. `again` are rounds that
    scored some dossiers of a round anew after an objection: they have sheets of their own and no column.
    `places` and `tie_keys`: of the rule; `reference_rules`: shorthands of the rules whose labels are given.
    """

    call: CallHead
    rule_label: str
    rule_assumed: bool
    quota: int
    quota_text: str
    rounds: tuple[RoundScores, ...]
    reference_labels: tuple[str, ...]
    rows: tuple[RankedRow, ...]
    outside: tuple[OutsideRow, ...]
    method: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    input_digest: str
    ranking_digest: str
    frozen_at: datetime
    frozen_by: str
    approved_by: str
    software_version: str
    remarks: tuple[str, ...] = ()
    cases: tuple[CaseMinutes, ...] = ()  # of each round that had any
    admissions: tuple[Admission, ...] = ()
    signers: tuple[str, ...] = DEFAULT_SIGNERS
    again: tuple[RoundScores, ...] = ()
    places: int = 2
    tie_keys: tuple[TieKey, ...] = ()
    reference_rules: tuple[str, ...] = ()

    @property
    def recounted(self) -> bool:
        """Whether the workbook's formulas recompute the ranking."""
        return bool(self.rows) and all(scores.counting is not None for scores in self.counting)

    @property
    def sheets(self) -> tuple[RoundScores, ...]:
        """Every round that is printed sheet by sheet."""
        return (*self.rounds, *self.again)

    @property
    def counting(self) -> tuple[RoundScores, ...]:
        """The rounds that make up the final score."""
        return tuple(scores for scores in self.rounds if scores.counts)

    def __post_init__(self) -> None:
        """ValueError where a row does not fit the rounds or reference columns, or the time has no offset."""
        if self.frozen_at.tzinfo is None:
            raise ValueError("frozen_at needs an offset")
        placed = [(row.unit.number, row.round_scores) for row in self.rows]
        for number, scores in placed + [(row.unit.number, row.round_scores) for row in self.outside]:
            if len(scores) != len(self.counting):
                raise ValueError(f"{number}: {len(scores)} scores for {len(self.counting)} rounds")
        for ranked in self.rows:
            if len(ranked.references) != len(self.reference_labels):
                raise ValueError(f"{ranked.unit.number}: references do not fit {self.reference_labels}")
