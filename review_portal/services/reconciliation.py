"""复议: asking an expert about an own sheet, keeping or revising it, the ledger of both scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import ReconciliationCase, Review, RevisionPoint
from review_portal.services import audit, flags, overviews, scopes
from review_portal.services.bindings import Bound
from review_portal.services.own_sheets import Own, require_present
from review_portal.services.revisions import Sheet, add_revision, refuse_faulty
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A reconciliation case with both scores of the one sheet it is about.

    `reasons` are the triggers as they stood when it was opened; empty for the expert who is asked, because
    they tell of others' scores.
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


def open_case(
    actor: Viewer, *, round_: str, dossier: str, code: str, question: str, trigger: str = "own"
) -> str:
    """The chair asks one expert about one own sheet. Returns the case's public id.

    `trigger` is the flag's kind that the chair comes from. What is kept is what fires on that sheet, with the
    figures of this moment; "own" where nothing does: such a case is told apart. Raises `Invalid`, `Conflict`
    when a case on the sheet is open.
    """
    if len(question.strip()) < 10:
        raise Invalid(
            mark("请写明提请复议的问题。"), {"question": mark("请写明需要专家说明的问题，至少10个字。")}
        )
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_chair(actor, row).require()
        if row.state != "reconciling":
            raise Conflict(mark("本轮不在复议期间，不能提请复议。"))
        found = session.execute(
            sa.select(Review, PanelMember.left_at)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .join(
                PanelMember,
                (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
            )
            .where(
                Review.round_id == row.id,
                Dossier.public_id == dossier,
                PanelMember.code == code,
                Review.state == "submitted",
            )
        ).first()
        if found is None or found[0].revision_id is None:
            raise NotFound()
        review, left_at = found
        if left_at is not None:  # nobody could answer, and the round would never end
            raise Conflict(
                mark("该专家已中途退出，其评分不能提请复议，按规则保留。请在结束复议时写明不提请的理由。")
            )
        _refuse_open_case(session, review.id)
        kept = _kept(session, row, dossier, code, trigger)
        known = kept["kinds"][0] if kept["kinds"] else flags.OWN
        if known == flags.OWN and review.expert_id == actor.expert_id:
            raise Conflict(mark("组长本人的评分未触发规则，启封后不能自行提请复议。"))
        case = ReconciliationCase(
            round_id=row.id,
            review_id=review.id,
            trigger=known,
            figures=kept,
            question=question.strip(),
            opened_at=now(),
            opened_by=actor.account_id,
            before_revision_id=review.revision_id,
        )
        session.add(case)
        session.flush()
        audit.record(
            session,
            actor,
            "open_case",
            object_kind="case",
            object_id=case.public_id,
            call_id=row.call_id,
            # not which sheet: its other entries name who submitted it, the case names a code
            detail={"trigger": case.trigger},
            bound=[Bound("case_question", case)],
        )
        return case.public_id


def _refuse_open_case(session: Session, review_id: int) -> None:
    waiting = session.scalar(
        sa.select(ReconciliationCase.id).where(
            ReconciliationCase.review_id == review_id, ReconciliationCase.answer.is_(None)
        )
    )
    if waiting is not None:
        raise Conflict(mark("该份评分已有复议正在等待专家答复。"))


def _kept(session: Session, row: Round, dossier: str, code: str, trigger: str) -> dict[str, Any]:
    """What fires on this sheet at this moment, with its figures. Raises `NotFound`."""
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rows = overviews.overview_of(session, row, call).rows
    line = next((item for item in rows if item.dossier == dossier and code in item.totals), None)
    if line is None:
        raise NotFound()
    shown = flags.figures(line.totals[code], line.mean, line.spread, rules_of(call).triggers)
    return {"kinds": list(line.triggers_on(code, trigger)), **shown, **line.figures_on(code)}


def answer_case(
    actor: Viewer, *, case: str, answer: str, reason: str, sheet: Sheet | None = None, request_key: str = ""
) -> None:
    """The expert keeps or revises the own score, with a reason; both revisions stay.

    Raises `Invalid` by field (a revised sheet is checked by the rubric), `NotFound` for others, `NotAllowed`
    in a stage scored on site from outside the room.
    """
    if len(reason.strip()) < 10:
        raise Invalid(mark("请说明理由。"), {"reason": mark("请说明维持或修改的理由，至少10个字。")})
    if answer not in ("keep", "revise") or (answer == "revise") != (sheet is not None):
        raise Invalid(mark("请选择维持原评分或修改评分。"), {"answer": mark("请选择。")})
    with transaction() as session:
        row, review = _own_case(session, actor, case)
        round_ = session.scalars(sa.select(Round).where(Round.id == row.round_id)).one()
        if row.answer is not None:
            raise Conflict(mark("该复议已答复，不能再次答复。"))
        if round_.state != "reconciling":
            raise Conflict(mark("复议已结束，不能再答复。"))
        call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
        rules = rules_of(call)
        require_present(session, Own(review, round_, call, rules.rubric_of(round_.stage)))
        if sheet is not None:
            refuse_faulty(rules, round_.stage, sheet)
            revision = add_revision(session, review, sheet, request_key=request_key, reason=reason)
            row.after_revision_id = revision.id
        row.answer, row.reason, row.answered_at = answer, reason.strip(), now()
        audit.record(
            session,
            actor,
            "answer_case",
            object_kind="case",
            object_id=row.public_id,
            call_id=round_.call_id,
            detail={
                "answer": answer,
                "commitment": revision.commitment if sheet is not None else None,
            },
            bound=[Bound("case_answer", row)],
        )


def _own_case(session: Session, actor: Viewer, case: str) -> tuple[ReconciliationCase, Review]:
    found = session.execute(
        sa.select(ReconciliationCase, Review)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .where(ReconciliationCase.public_id == case, Review.expert_id == actor.expert_id)
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def _cases(condition: sa.ColumnElement[bool], *, with_reasons: bool) -> list[CaseRow]:
    rows = db.session.execute(
        sa.select(ReconciliationCase, Dossier.number, Dossier.unit_name, PanelMember.code)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(condition)
        .order_by(ReconciliationCase.id)
    ).all()
    revisions = {row[0].before_revision_id for row in rows} | {
        row[0].after_revision_id for row in rows if row[0].after_revision_id
    }
    totals: dict[int, Decimal] = dict(
        db.session.execute(
            sa.select(RevisionPoint.revision_id, sa.func.sum(RevisionPoint.points))
            .where(RevisionPoint.revision_id.in_(revisions))
            .group_by(RevisionPoint.revision_id)
        ).all()
    )
    return [
        CaseRow(
            case.public_id,
            number,
            unit,
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
        )
        for case, number, unit, code in rows
    ]


def list_cases(viewer: Viewer, *, round_: str) -> list[CaseRow]:
    """The ledger of a round's cases. Two queries. Raises `NotFound`, `NotAllowed` before unsealing."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    return _cases(ReconciliationCase.round_id == row.id, with_reasons=True)


def list_own_cases(viewer: Viewer) -> list[CaseRow]:
    """The cases that ask this expert about an own sheet; others' scores never stand in them."""
    if viewer.expert_id is None:
        return []
    return _cases(Review.expert_id == viewer.expert_id, with_reasons=False)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Flags that the panel decided not to ask about, each as (dossier, words), and its reason."""

    reason: str
    flags: tuple[tuple[str, str], ...]


def set_aside(viewer: Viewer, *, round_: str) -> SetAside | None:
    """What was set aside when reconciliation ended. Raises `NotFound`, `NotAllowed` before unsealing."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    kept = row.set_aside
    if not kept:
        return None
    return SetAside(
        kept["reason"], tuple((f"{flag['number']} {flag['unit']}", flag["why"]) for flag in kept["flags"])
    )
