"""A submitted sheet voided for a breach of the rules: asked by the chair or the supervisor, agreed by two."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.cases import ReviewVoid, VoidRequest
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.rankings import Ranking
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import approvals, audit, recusals, scopes, void_state
from review_portal.services.bindings import Bound
from review_portal.services.rules import round_name, rules_of
from review_portal.services.void_state import ACTION
from review_portal.services.void_views import BREACHES, UNSEALED

REASON_MIN, REASON_MAX = 10, 1000


def ask_void(actor: Viewer, *, round_: str, dossier: str, who: str, breach: str, reason: str) -> str:
    """Ask for one submitted sheet to be voided. Returns the approval's public id.

    The chair names the expert by code, after unsealing; the supervisor by the expert's public id, whom alone
    a finding from outside can name. Raises `Invalid` by field, `Conflict`, `NotFound`, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        by_code = _asks_by_code(actor, row)
        _refuse_fields(who, breach, reason)
        review = _find(session, row, dossier, who, by_code=by_code)
        _refuse(session, row, review)
        if void_state.asked(session, review.id):
            raise Conflict(mark("该评分表已申请作废，正等待另一人确认。"))
        asked = VoidRequest(
            round_id=row.id,
            review_id=review.id,
            by_code=by_code,
            breach=breach,
            reason=reason.strip(),
            asked_at=now(),
            asked_by=actor.account_id,
        )
        session.add(asked)
        session.flush()
        audit.record(
            session,
            actor,
            "request_void",
            object_kind="void_request",
            object_id=asked.public_id,
            call_id=row.call_id,
            detail={"breach": breach},
            bound=[Bound("void_request", asked)],
        )
        return approvals.ask(
            session,
            actor,
            ACTION,
            object_kind="void_request",
            object_id=asked.public_id,
            call_id=row.call_id,
            payload=_payload(session, row, review, asked),
            reason=reason,
        ).public_id


def _asks_by_code(actor: Viewer, row: Round) -> bool:
    if policy.can_chair(actor, row):
        if row.state not in UNSEALED:
            raise Conflict(mark("评分启封后，组长方可申请作废评分表。"))
        return True
    policy.can_watch_call(actor, row.call_id).require()
    return False


def _refuse_fields(who: str, breach: str, reason: str) -> None:
    faults: dict[str, Message] = {}
    if not who:
        faults["who"] = mark("请选择专家。")
    if breach not in BREACHES:
        faults["breach"] = mark("请选择违反规则的情形。")
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        faults["reason"] = mark("请写明事实和依据，至少10个字，最多1000个字。")
    if faults:
        raise Invalid(mark("请按提示更正。"), faults)


def _find(session: Session, row: Round, dossier: str, who: str, *, by_code: bool) -> Review:
    query = (
        sa.select(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.round_id == row.id, Review.state == "submitted", Dossier.public_id == dossier)
        .where(PanelMember.code == who if by_code else Expert.public_id == who)
        .with_for_update(of=Review)
    )
    review: Review | None = session.scalars(query).first()
    if review is None:
        raise NotFound()
    return review


def _refuse(session: Session, row: Round, review: Review) -> None:
    if row.state not in ("scoring", "sealed", *UNSEALED):
        raise Conflict(mark("本轮未在评审期间，不能申请作废评分表。"))
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id).with_for_update()).one()
    frozen = session.scalar(
        sa.select(Ranking.id)
        .where(Ranking.call_id == call.id, (Ranking.round_id == row.id) | (Ranking.kind == "final"))
        .limit(1)
    )
    if frozen is not None or call.state not in ("draft", "receiving", "reviewing"):
        raise Conflict(mark("名单已冻结，评分不能再作废。请按异议处理程序办理。"))
    waiting = session.scalar(
        sa.select(ReconciliationCase.id).where(
            ReconciliationCase.review_id == review.id, ReconciliationCase.state.in_(("waiting", "open"))
        )
    )
    if waiting is not None:
        raise Conflict(mark("该评分有复议尚未答复，请待专家答复后再申请作废。"))
    if recusals.is_undecided(session, review.id):
        raise Conflict(mark("该评分表已登记发现利害关系，正等待处理。"))


def _payload(session: Session, row: Round, review: Review, asked: VoidRequest) -> dict[str, object]:
    """Name or code, never both, nor the sheet's commitment, which the trail tells beside the name: together
    they would say whose scores stand under the code.
    """
    number, unit, name, code = session.execute(
        sa.select(Dossier.number, Dossier.unit_name, Expert.name, PanelMember.code)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.id == review.id)
    ).one()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return {
        "by_code": asked.by_code,
        "expert": code if asked.by_code else name,
        "number": number,
        "unit": unit,
        "round": round_name(rules_of(call), row),
        "breach": asked.breach,
        "sheet": None if asked.by_code else review.version,
        "state": review.state,
    }


def decide_void(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second person's word. Agreed, the sheet counts no more; what was submitted stays stored."""
    with transaction() as session:
        row, review, asked = _about(session, actor, approval)
        settled = approvals.settle(
            session,
            actor,
            approval,
            ACTION,
            approve=approve,
            payload_now=_payload(session, row, review, asked),
            note=note,
        )
        if not approve:
            return
        _refuse(session, row, review)
        review.state = states.advance(states.REVIEW, review.state, "void")
        void = ReviewVoid(
            request_id=asked.id,
            review_id=review.id,
            approval_id=settled.id,
            voided_at=now(),
            voided_by=actor.account_id,
        )
        session.add(void)
        session.flush()
        audit.record(
            session,
            actor,
            "void_review",
            object_kind="void_request",  # not the sheet: its other entries name its author
            object_id=asked.public_id,
            call_id=row.call_id,
            detail={"approval": settled.public_id, "breach": asked.breach},
            bound=[Bound("review_void", void)],
        )


def _about(session: Session, actor: Viewer, approval: str) -> tuple[Round, Review, VoidRequest]:
    found = session.execute(
        sa.select(VoidRequest, Round.public_id)
        .join(Approval, Approval.object_id == VoidRequest.public_id)
        .join(Round, Round.id == VoidRequest.round_id)
        .where(Approval.public_id == approval, Approval.action == ACTION)
    ).first()
    if found is None:
        raise NotFound()
    row = scopes.known_round(actor, found[1], session=session, lock=True)
    review = session.scalars(sa.select(Review).where(Review.id == found[0].review_id).with_for_update()).one()
    return row, review, found[0]
