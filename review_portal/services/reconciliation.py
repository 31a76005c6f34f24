"""复议: asking experts about own sheets, keeping or revising them; both scores stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import approvals, audit, case_rows, flags, overviews, scopes, void_state
from review_portal.services.bindings import Bound
from review_portal.services.case_rows import ANSWER_DAYS_MAX, COUNTERSIGN, Known, why_late
from review_portal.services.overviews import OverviewRow
from review_portal.services.own_sheets import Own, require_present
from review_portal.services.revisions import Sheet, add_revision, refuse_faulty, sheet_of
from review_portal.services.rules import rules_of

TEXT_MIN, TEXT_MAX = 10, 2000


def open_cases(
    actor: Viewer,
    *,
    round_: str,
    dossier: str,
    codes: Sequence[str],
    question: str,
    trigger: str = flags.OWN,
    grounds: str = "",
    due_at: datetime | None = None,
) -> list[str]:
    """The chair asks the experts behind `codes`, each about the own sheet. Returns the cases' public ids.

    `trigger` is the flag's kind that the chair comes from. What is kept is what fires on each sheet, with the
    figures of this moment. Where nothing does, `grounds` are demanded and the expert sees nothing before the
    supervisor has agreed. `due_at` None: as long as the rules give. All are opened, or none.

    Raises `Invalid` by field, `Conflict` when a case on a sheet waits, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_chair(actor, row).require()
        if row.state != "reconciling":
            raise Conflict(mark("本轮不在复议期间，不能提请复议。"))
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        at = now()
        due = due_at or at + timedelta(hours=rules_of(call).reconciliation.answer_hours)
        _refuse_unasked(codes, question, due, at)
        asked = [_sheet(session, actor, row, call, dossier, code, trigger) for code in dict.fromkeys(codes)]
        outside = any(not kept["kinds"] for *_rest, kept in asked)
        if outside and not TEXT_MIN <= len(grounds.strip()) <= TEXT_MAX:
            raise Invalid(
                mark("未触发复议条件的，须写明提请复议的理由，并经监督人员会签。"),
                {"grounds": mark("请写明在规则之外提请复议的理由，至少10个字。")},
            )
        return [
            _open(session, actor, row, found, question.strip(), grounds.strip(), due, at) for found in asked
        ]


def _refuse_unasked(codes: Sequence[str], question: str, due: datetime, at: datetime) -> None:
    faults: dict[str, Message] = {}
    if not codes:
        faults["codes"] = mark("请勾选要提请的专家。")
    if len(question.strip()) < TEXT_MIN:
        faults["question"] = mark("请写明需要专家说明的问题，至少10个字。")
    elif len(question.strip()) > TEXT_MAX:
        faults["question"] = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
    if due <= at:
        faults["due_at"] = mark("答复期限已过，请另填。")
    elif due > at + timedelta(days=ANSWER_DAYS_MAX):
        faults["due_at"] = mark("答复期限最长%(days)s天，请改早。", days=ANSWER_DAYS_MAX)
    if faults:
        raise Invalid(
            mark("请写明提请复议的问题。") if "question" in faults else mark("请按提示更正。"), faults
        )


def _sheet(
    session: Session, actor: Viewer, row: Round, call: Call, dossier: str, code: str, trigger: str
) -> tuple[Review, Dossier, str, dict[str, Any]]:
    """A sheet that may be asked about, with what fires on it. Raises `NotFound`, `Conflict`."""
    found = session.execute(
        sa.select(Review, Dossier, PanelMember.left_at)
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
    review, paper, left_at = found
    if left_at is not None:  # nobody could answer, and the round would never end
        raise Conflict(
            mark("该专家已中途退出，其评分不能提请复议，按规则保留。请在结束复议时写明不提请的理由。")
        )
    _refuse_pending(session, review.id)
    line = _line(session, row, call, dossier, code)
    shown = flags.figures(line.totals[code], line.mean, line.spread, rules_of(call).triggers)
    kept = {"kinds": list(line.triggers_on(code, trigger)), **shown, **line.figures_on(code)}
    if not kept["kinds"] and review.expert_id == actor.expert_id:
        raise Conflict(mark("组长本人的评分未触发规则，启封后不能自行提请复议。"))
    return review, paper, code, kept


def _refuse_pending(session: Session, review_id: int) -> None:
    pending = session.scalar(
        sa.select(ReconciliationCase.state).where(
            ReconciliationCase.review_id == review_id, ReconciliationCase.state.in_(("waiting", "open"))
        )
    )
    if pending == "waiting":
        raise Conflict(mark("该份评分已有复议正在等待监督人员会签。"))
    if pending is not None:
        raise Conflict(mark("该份评分已有复议正在等待专家答复。"))
    if void_state.asked(session, review_id):
        raise Conflict(mark("该份评分已申请作废，办结以前不能提请复议。"))


def _line(session: Session, row: Round, call: Call, dossier: str, code: str) -> OverviewRow:
    found = overviews.overview_of(session, row, call).rows
    line = next((item for item in found if item.dossier == dossier and code in item.totals), None)
    if line is None:
        raise NotFound()
    return line


def _open(
    session: Session,
    actor: Viewer,
    row: Round,
    found: tuple[Review, Dossier, str, dict[str, Any]],
    question: str,
    grounds: str,
    due: datetime,
    at: datetime,
) -> str:
    review, dossier, code, kept = found
    known = kept["kinds"][0] if kept["kinds"] else flags.OWN
    outside = known == flags.OWN
    case = ReconciliationCase(
        round_id=row.id,
        review_id=review.id,
        trigger=known,
        figures=kept,
        question=question,
        grounds=grounds if outside else "",
        state="waiting" if outside else "open",
        due_at=due,
        opened_at=at,
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
        detail={"trigger": case.trigger, "answer_by": due},
        bound=[Bound("case_question", case)],
    )
    if outside:
        payload = case_rows.countersign_payload(Known(case, review, row, dossier, code))
        approvals.ask(
            session,
            actor,
            COUNTERSIGN,
            object_kind="case",
            object_id=case.public_id,
            call_id=row.call_id,
            payload=payload,
            reason=grounds,
        )
    return case.public_id


def answer_case(
    actor: Viewer, *, case: str, answer: str, reason: str, sheet: Sheet | None = None, request_key: str = ""
) -> None:
    """The expert keeps or revises the own score, with a reason; both revisions stay.

    Raises `Invalid` by field (a revised sheet is checked by the rubric and has to differ), `Conflict` too
    late, `NotFound` for others and before the case is the expert's to know, `NotAllowed` in a stage scored on
    site from outside the room.
    """
    if not TEXT_MIN <= len(reason.strip()) <= TEXT_MAX:
        raise Invalid(
            mark("请说明理由。"), {"reason": mark("请说明维持或修改的理由，至少10个字，最多2000个字。")}
        )
    if answer not in ("keep", "revise") or (answer == "revise") != (sheet is not None):
        raise Invalid(mark("请选择维持原评分或修改评分。"), {"answer": mark("请选择。")})
    with transaction() as session:
        row, review = _own_case(session, actor, case)
        round_ = session.scalars(sa.select(Round).where(Round.id == row.round_id)).one()
        late = why_late(row, round_)
        if late.msgid:
            raise Conflict(late)
        call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
        rules = rules_of(call)
        require_present(session, Own(review, round_, call, rules.rubric_of(round_.stage)))
        commitment = None
        if sheet is not None:
            refuse_faulty(rules, round_.stage, sheet)
            if sheet.canonical() == sheet_of(session, row.before_revision_id).canonical():
                same = mark("评分没有改动。不修改的，请选择“维持原评分”。")
                raise Invalid(same, {"answer": same})
            revision = add_revision(session, review, sheet, request_key=request_key, reason=reason)
            row.after_revision_id, commitment = revision.id, revision.commitment
        row.state = states.advance(states.CASE, row.state, "answer")
        row.answer, row.reason, row.answered_at = answer, reason.strip(), now()
        audit.record(
            session,
            actor,
            "answer_case",
            object_kind="case",
            object_id=row.public_id,
            call_id=round_.call_id,
            detail={"answer": answer, "commitment": commitment},
            bound=[Bound("case_answer", row)],
        )


def _own_case(session: Session, actor: Viewer, case: str) -> tuple[ReconciliationCase, Review]:
    found = session.execute(
        sa.select(ReconciliationCase, Review)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .where(
            ReconciliationCase.public_id == case,
            Review.expert_id == actor.expert_id,
            Review.state == "submitted",
            ReconciliationCase.state.in_(case_rows.TOLD_EXPERT),
        )
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]
