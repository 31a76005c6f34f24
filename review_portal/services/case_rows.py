"""Cases of 复议 as they are read: both scores of a sheet, what called for the case, what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Round
from review_portal.models.cases import CaseAct
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import ReconciliationCase, Review, RevisionPoint
from review_portal.services import flags, scopes, void_state

COUNTERSIGN = "countersign_case"
ANSWER_DAYS_MAX = 60
TOLD_EXPERT = ("open", "answered", "lapsed")  # what the expert who is asked knows of


@dataclass(frozen=True, slots=True)
class CaseActRow:
    """An act on a case: code, reason, until when it may be answered since, when and by whom."""

    act: str
    reason: str
    due_at: datetime | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A reconciliation case with both scores of the one sheet it is about.

    `reasons` are the triggers as they stood when it was opened; empty for the expert who is asked, because
    they tell of others' scores, as are `grounds` and `acts`. `own`: the sheet is the viewer's own.
    """

    public_id: str
    number: str
    unit: str
    code: str
    trigger: str
    reasons: tuple[Message, ...]
    question: str
    opened_at: datetime
    before: Decimal
    after: Decimal | None
    answer: str | None
    reason: str
    answered_at: datetime | None
    state: str
    due_at: datetime
    dossier: str
    grounds: str = ""
    acts: tuple[CaseActRow, ...] = ()
    own: bool = False

    @property
    def outside(self) -> bool:
        """Whether no trigger called for it: such cases need a countersign and stand apart."""
        return self.trigger == flags.OWN

    @property
    def pending(self) -> bool:
        """Whether somebody still has to act on it."""
        return self.state in ("waiting", "open")

    @property
    def stands(self) -> Decimal | None:
        """The total that counts once the case is settled; None while it is not."""
        if self.state == "answered":
            return self.after if self.answer == "revise" else self.before
        return self.before if self.state == "lapsed" else None

    @property
    def last(self) -> CaseActRow | None:
        """The newest act on it."""
        return self.acts[-1] if self.acts else None


@dataclass(frozen=True, slots=True)
class Known:
    """A case with what it is about, inside a transaction."""

    case: ReconciliationCase
    review: Review
    round: Round
    dossier: Dossier
    code: str


def rows(
    session: Session, condition: sa.ColumnElement[bool], viewer: Viewer | None, *, with_reasons: bool
) -> list[CaseRow]:
    """Cases in the order of their opening. Three queries however many."""
    found = session.execute(
        sa.select(ReconciliationCase, Dossier, PanelMember.code, Review.expert_id)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(condition)
        .order_by(ReconciliationCase.id)
    ).all()
    if not found:
        return []
    totals = _totals(session, [row[0] for row in found])
    acts = _acts(session, [row[0].id for row in found]) if with_reasons else {}
    return [
        CaseRow(
            case.public_id,
            dossier.number,
            dossier.unit_name,
            code or "",
            case.trigger,
            flags.reasons(code or "", case.figures) if with_reasons else (),
            case.question,
            case.opened_at,
            totals[case.before_revision_id],
            totals.get(case.after_revision_id or 0),
            case.answer,
            case.reason,
            case.answered_at,
            case.state,
            case.due_at,
            dossier.public_id,
            case.grounds if with_reasons else "",
            tuple(acts.get(case.id, ())),
            viewer is not None and expert == viewer.expert_id,
        )
        for case, dossier, code, expert in found
    ]


def _totals(session: Session, cases: Iterable[ReconciliationCase]) -> dict[int, Decimal]:
    revisions = {
        revision
        for case in cases
        for revision in (case.before_revision_id, case.after_revision_id)
        if revision
    }
    return dict(
        session.execute(
            sa.select(RevisionPoint.revision_id, sa.func.sum(RevisionPoint.points))
            .where(RevisionPoint.revision_id.in_(sorted(revisions)))
            .group_by(RevisionPoint.revision_id)
        ).all()
    )


def _acts(session: Session, cases: list[int]) -> dict[int, list[CaseActRow]]:
    found: dict[int, list[CaseActRow]] = {}
    for act, name in session.execute(
        sa.select(CaseAct, Account.name)
        .join(Account, Account.id == CaseAct.acted_by)
        .where(CaseAct.case_id.in_(cases))
        .order_by(CaseAct.id)
    ):
        found.setdefault(act.case_id, []).append(
            CaseActRow(act.act, act.reason, act.due_at, act.acted_at, name)
        )
    return found


def known(session: Session, actor: Viewer, case: str) -> Known:
    """The case for the offices and the chair of its round, both locked. Raises `NotFound`."""
    about = session.execute(
        sa.select(Round.public_id)
        .join(ReconciliationCase, ReconciliationCase.round_id == Round.id)
        .where(ReconciliationCase.public_id == case)
    ).first()
    if about is None:
        raise NotFound()
    round_ = scopes.known_round(actor, about[0], session=session, lock=True)
    row = session.scalars(
        sa.select(ReconciliationCase).where(ReconciliationCase.public_id == case).with_for_update()
    ).one()
    review, dossier, code = session.execute(
        sa.select(Review, Dossier, PanelMember.code)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.id == row.review_id)
    ).one()
    return Known(row, review, round_, dossier, code or "")


def countersign_payload(found: Known) -> dict[str, object]:
    """What the supervisor agrees to: which sheet by code, the question, the reason.

    Not the sheet's commitment: on the trail that stands beside its author's name. The sheet itself cannot
    change while the case waits.
    """
    return {
        "case": found.case.public_id,
        "number": found.dossier.number,
        "unit": found.dossier.unit_name,
        "code": found.code,
        "question": found.case.question,
        "grounds": found.case.grounds,
        "figures": found.case.figures,
        "hours": str(hours(found.case)),
        "sheet_state": found.review.state,
        "state": found.case.state,
    }


def hours(case: ReconciliationCase) -> int:
    """How long the expert has to answer, in whole hours, at least one."""
    return max(1, round((case.due_at - case.opened_at).total_seconds() / 3600))


def why_late(row: ReconciliationCase, round_: Round) -> Message:
    """Why the case cannot be answered any more, empty while it can."""
    if row.state == "answered":
        return mark("该复议已答复，不能再次答复。")
    if row.state == "lapsed":
        return mark("该复议已登记为未在期限内答复，原评分保留。")
    if round_.state != "reconciling":
        return mark("复议已结束，不能再答复。")
    if now() >= row.due_at:
        return mark("答复期限已过，不能再答复。需要延期的，请与组长联系；已填写的内容仍在本页。")
    return Message("")


def refuse_unfinished(session: Session, row: Round) -> None:
    """Raise `Conflict` with what is still to be done while a case or a void of this round waits."""
    counts = dict(
        session.execute(
            sa.select(ReconciliationCase.state, sa.func.count())
            .where(ReconciliationCase.round_id == row.id)
            .group_by(ReconciliationCase.state)
        ).all()
    )
    if counts.get("open"):
        raise Conflict(
            mark(
                "还有%(n)s件复议未答复，请待专家答复后再结束复议；期限已过的，请登记未在期限内答复。",
                n=counts["open"],
            )
        )
    if counts.get("waiting"):
        raise Conflict(
            mark("还有%(n)s件规则外的复议等待监督人员会签，请待会签或撤回后再结束复议。", n=counts["waiting"])
        )
    voids = void_state.waiting(session, Round.id == row.id)
    if voids:
        raise Conflict(mark("还有%(n)s份评分表的作废申请未办结，请待办结后再结束复议。", n=voids))
