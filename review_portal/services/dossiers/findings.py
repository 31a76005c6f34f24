"""Findings as people see them: the latest per rule of a version, with the latest answer of an officer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import formal_check
from review_portal.domain.formal_check_outcome import Result
from review_portal.domain.messages import Message
from review_portal.models.accounts import Account
from review_portal.models.dossiers import Finding, FindingAnswer
from scoring_rubrics import Call as Rules
from scoring_rubrics import FormalRule


@dataclass(frozen=True, slots=True)
class Answer:
    """An officer's confirmation: `result` is pass or fail."""

    result: str
    basis: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FindingRow:
    """The latest finding of a rule; `guide` tells an officer what to look at."""

    id: int
    public_id: str
    rule: str
    title: str
    mode: str
    severity: str
    result: str
    note: str
    place: str
    guide: str
    check: str
    decide: bool
    answer: Answer | None

    @property
    def effective(self) -> str:
        """The officer's result where there is one, else the automatic one."""
        return self.answer.result if self.answer else self.result

    @property
    def needs_person(self) -> bool:
        """Manual and recognised items; what awaits a decision unless it holds; what is unclear."""
        by_mode = "manual" in self.mode or "confirm" in self.mode
        undecided = self.decide and self.result != "pass"
        unclear = self.result == "warn" and self.severity != "warn_only"
        return by_mode or undecided or unclear

    @property
    def unanswered(self) -> bool:
        """Whether it still waits for an officer."""
        return self.needs_person and self.answer is None

    @property
    def stands_failed(self) -> bool:
        """Whether it keeps the dossier from being accepted."""
        return self.effective == "fail" and self.severity != "warn_only"

    @property
    def confirmed_failure(self) -> bool:
        """A failure that an officer has confirmed: only such a one can carry a rejection."""
        return self.answer is not None and self.stands_failed


def current(session: Session, version_ids: Sequence[int], rules: Rules) -> dict[int, tuple[FindingRow, ...]]:
    """The latest finding per rule of each version, in the call's order. Two queries however many versions."""
    columns = sa.select(
        Finding.id,
        Finding.public_id,
        Finding.version_id,
        Finding.rule,
        Finding.title,
        Finding.mode,
        Finding.severity,
        Finding.result,
        Finding.note,
        Finding.place,
    )
    rows = session.execute(columns.where(Finding.version_id.in_(version_ids)).order_by(Finding.id)).all()
    latest = {(row.version_id, row.rule): row for row in rows}
    answers = _answers(session, version_ids)
    order = {rule.id: (place, rule) for place, rule in enumerate(rules.formal_rules)}
    found: dict[int, list[FindingRow]] = {version: [] for version in version_ids}
    for row in sorted(latest.values(), key=lambda row: order[row.rule][0]):
        found[row.version_id].append(_row(row, order[row.rule][1], answers.get(row.id)))
    return {version: tuple(items) for version, items in found.items()}


def _answers(session: Session, version_ids: Sequence[int]) -> dict[int, Answer]:
    query = (
        sa.select(
            FindingAnswer.finding_id,
            FindingAnswer.result,
            FindingAnswer.basis,
            FindingAnswer.answered_at,
            Account.name,
        )
        .join(Finding, Finding.id == FindingAnswer.finding_id)
        .join(Account, Account.id == FindingAnswer.answered_by)
        .where(Finding.version_id.in_(version_ids))
        .order_by(FindingAnswer.id)
    )
    return {
        row.finding_id: Answer(row.result, row.basis, row.name, row.answered_at)
        for row in session.execute(query).all()
    }


def _row(row: Any, rule: FormalRule, answer: Answer | None) -> FindingRow:
    return FindingRow(
        id=row.id,
        public_id=row.public_id,
        rule=row.rule,
        title=row.title,
        mode=row.mode,
        severity=row.severity,
        result=row.result,
        note=row.note,
        place=row.place,
        guide=rule.guide,
        check=rule.check,
        decide=rule.decide,
        answer=answer,
    )


def suggestion(findings: Iterable[FindingRow]) -> str:
    """The suggested overall result, with what officers confirmed in place of what was recognised."""
    return formal_check.overall(
        formal_check.Finding(
            rule=row.rule,
            title=row.title,
            mode=row.mode,
            severity=row.severity,
            result=cast(Result, row.effective),
            note=Message(row.note),
            place=row.place,
            check=row.check,
            decide=row.decide,
        )
        for row in findings
    )


def store(session: Session, version_id: int, findings: Iterable[formal_check.Finding]) -> None:
    """Append findings to a version."""
    session.add_all(
        Finding(
            version_id=version_id,
            rule=finding.rule,
            title=finding.title,
            mode=finding.mode,
            severity=finding.severity,
            result=finding.result,
            note=str(finding.note),
            place=finding.place[:200],
        )
        for finding in findings
    )
    session.flush()


def answer(session: Session, account_id: int, given: Mapping[int, tuple[str, str]]) -> list[FindingAnswer]:
    """Append answers: finding id -> (pass or fail, basis). Returns their rows."""
    at = now()
    rows = [
        FindingAnswer(finding_id=key, result=result, basis=basis, answered_at=at, answered_by=account_id)
        for key, (result, basis) in given.items()
    ]
    session.add_all(rows)
    session.flush()
    return rows
