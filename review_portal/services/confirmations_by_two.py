"""A confirmation on paper, or an expert who could not be asked: recorded by one, witnessed by another."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import approvals, paper_state, points, scopes
from review_portal.services import confirmation_state as state
from review_portal.services.confirmation_state import CONFIRM, SETTLED
from review_portal.services.points import CountedSheet
from review_portal.services.rules import round_name, rules_of

BY_TWO = ("paper", "absent")


def _locked(session: Session, actor: Viewer, member: str) -> tuple[Round, PanelMember, list[CountedSheet]]:
    """A member of a finished round of one's call, the round locked. Raises `NotFound`, `Conflict`."""
    found = session.execute(
        sa.select(Round.public_id, PanelMember)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(PanelMember.public_id == member)
    ).first()
    if found is None:
        raise NotFound()
    row = scopes.known_round(actor, found[0], session=session, lock=True)
    state.refuse_early(row)
    sheets = points.counted_sheets(
        session, row, member=found[1].id, as_of=state.counted_as_of(session, row.call_id)
    )
    if not sheets:
        raise NotFound()
    return row, found[1], sheets


def _payload(
    session: Session, row: Round, member: PanelMember, sheets: Sequence[CountedSheet], kind: str
) -> dict[str, object]:
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return {
        "round": round_name(rules_of(call), row),
        "member": member.public_id,
        "expert": member.code,
        "name": session.scalar(sa.select(Expert.name).where(Expert.id == member.expert_id)),
        "kind": kind,
        "sheets": len(sheets),
        "own": state.digest_of(row, member.code or "", sheets),
    }


def _refuse_settled(session: Session, row: Round, member: PanelMember, sheets: Sequence[CountedSheet]) -> str:
    said = state.state_of(state.newest(session, row).get(member.id), sheets)
    if said in SETTLED:
        raise Conflict(mark("该专家已确认或已登记，无须再办理。"))
    return said


def ask_for(actor: Viewer, *, member: str, kind: str, reason: str) -> str:
    """Ask the supervisor to witness a signature on paper, or that an expert could not be asked.

    Returns the approval's public id. An expert who disputes is not absent: that takes the expert's own word,
    on the page or on paper. Raises `Invalid`, `Conflict`, `NotFound`.
    """
    state.refuse_long(reason)
    if kind not in BY_TWO:
        sentence = mark("请选择登记的情形。")
        raise Invalid(sentence, {"kind": sentence})
    with transaction() as session:
        row, seat, sheets = _locked(session, actor, member)
        policy.can_run_call(actor, row.call_id).require()
        paper_state.refuse_typist(session, actor, row.call_id)
        said = _refuse_settled(session, row, seat, sheets)
        if kind == "absent" and said == "disputed":
            raise Conflict(
                mark(
                    "该专家已表示与本人评分不一致，不能按未能到场登记。请先核实，由专家本人确认或在纸上签字。"
                )
            )
        return approvals.ask(
            session,
            actor,
            CONFIRM,
            object_kind="panel_member",
            object_id=seat.public_id,
            call_id=row.call_id,
            payload=_payload(session, row, seat, sheets, kind),
            reason=reason,
        ).public_id


def decide_for(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's word as witness; with yes the expert counts as having confirmed these sheets."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, seat, sheets = _locked(session, actor, asked.object_id)
        kind = str(asked.payload.get("kind"))
        settled = approvals.settle(
            session,
            actor,
            approval,
            CONFIRM,
            approve=approve,
            payload_now=_payload(session, row, seat, sheets, kind),
            note=note,
        )
        if approve:
            if _refuse_settled(session, row, seat, sheets) == "disputed" and kind == "absent":
                raise Conflict(mark("专家在申请以后表示不一致，请先核实。"))
            state.record(session, actor, row, seat, sheets, kind, settled.reason, settled.id)
