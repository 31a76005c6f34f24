"""An expert leaves a round under way: asked by the office, agreed by the supervisor, by the frozen rule."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.experts import Departure, Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.services import approvals, audit, draw_acts, draw_names, draw_state, scopes, substitutes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

OPEN = ("assigned", "draft", "returned")


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who would leave and what would become of the sheets; `choices` are experts that can be named instead.

    drawn: the next in the order of the draw follows, nobody is named.
    """

    name: str
    round: str
    round_name: str
    rule: str
    kept: int
    void: int
    drawn: bool
    sealed: bool
    choices: tuple[tuple[str, str], ...]


def _member(session: Session, actor: Viewer, member: str, *, lock: bool) -> tuple[PanelMember, Round, Call]:
    row = session.scalars(sa.select(PanelMember).where(PanelMember.public_id == member)).first()
    if row is None:
        raise NotFound()
    public_id = session.scalar(sa.select(Round.public_id).where(Round.id == row.round_id))
    round_ = scopes.known_round(actor, str(public_id), session=session, lock=lock)
    if not policy.can_see_call(actor, round_.call_id):
        raise NotFound()
    if row.expert_id in draw_names.hidden(session, actor, round_):
        raise NotAllowed(mark("该专家由抽取产生、尚未签到，姓名只向拨打人和监督人员显示，退出由拨打人登记。"))
    return row, round_, session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()


def _refuse_unfit(session: Session, row: PanelMember, round_: Round) -> None:
    if round_.state == "draft":
        raise Conflict(mark("本轮尚未开启，请直接调整专家组。"))
    if round_.state not in ("scoring", "sealed"):
        raise Conflict(mark("评分已启封，专家组不能再变动。"))
    if row.left_at is not None:
        raise Conflict(mark("该专家已退出本轮评审。"))
    chair = session.scalar(
        sa.select(ChairElection.member_id)
        .where(ChairElection.round_id == round_.id)
        .order_by(ChairElection.id.desc())
        .limit(1)
    )
    if chair == row.id:
        raise Conflict(mark("该专家是本轮组长。请先另行推举组长，再登记退出。"))


def _rule(round_: Round, call: Call) -> str:
    """As frozen when the round opened."""
    return str((round_.frozen or {}).get("dropout") or rules_of(call).dropout.rule)


def _sheets(session: Session, row: PanelMember, rule: str) -> tuple[list[Review], list[Review]]:
    """Sheets that stay and sheets that become void. What was missed stays missed."""
    sheets = session.scalars(
        sa.select(Review)
        .where(Review.round_id == row.round_id, Review.expert_id == row.expert_id)
        .order_by(Review.id)
    ).all()
    submitted = [sheet for sheet in sheets if sheet.state == "submitted"]
    unfinished = [sheet for sheet in sheets if sheet.state in OPEN]
    return ([], [*submitted, *unfinished]) if rule == "void_all" else (submitted, unfinished)


def _payload(
    session: Session, row: PanelMember, round_: Round, call: Call, substitute: Expert | None, basis: str
) -> dict[str, object]:
    rule = _rule(round_, call)
    kept, void = _sheets(session, row, rule)
    name = session.scalar(sa.select(Expert.name).where(Expert.id == row.expert_id))
    return {
        "round": round_.public_id,
        "member": row.public_id,
        "name": name,
        "rule": rule,
        "kept": [sheet.public_id for sheet in kept],
        "void": [sheet.public_id for sheet in void],
        "substitute": substitute.public_id if substitute else "",
        "substitute_name": substitute.name if substitute else "",
        "basis": basis,
    }


def _named(session: Session, public_id: str) -> Expert | None:
    if not public_id:
        return None
    found = session.scalars(
        sa.select(Expert).where(Expert.public_id == public_id, Expert.merged_into_id.is_(None))
    ).first()
    if found is None:
        raise Invalid(mark("所选专家不在专家库中，请刷新后重新选择。"), {"substitute": mark("请重新选择。")})
    if found.status != "active":
        raise Conflict(mark("%(name)s在专家库中已暂停或移出，不能递补。请另选专家。", name=found.name))
    return found


def ask_departure(actor: Viewer, *, member: str, reason: str, substitute: str = "", basis: str = "") -> str:
    """Ask that a member leaves; returns the approval's public id.

    substitute: an expert's public id, where the panel was not drawn. basis: why what only looks like a
    conflict of the substitute is none. Raises `Conflict`, `Invalid`, `NotFound`.
    """
    with transaction() as session:
        row, round_, call = _member(session, actor, member, lock=True)
        policy.can_run_call(actor, call.id).require()
        _refuse_unfit(session, row, round_)
        follows = _named(session, substitute)
        _refuse_substitute(session, row, round_, call, follows, basis.strip())
        return approvals.ask(
            session,
            actor,
            "drop_out",
            object_kind="panel_member",
            object_id=row.public_id,
            call_id=call.id,
            payload=_payload(session, row, round_, call, follows, basis.strip()),
            reason=reason,
        ).public_id


def _refuse_substitute(
    session: Session, row: PanelMember, round_: Round, call: Call, follows: Expert | None, basis: str
) -> None:
    if follows is None:
        return
    if draw_state.in_force(draw_state.of_round(session, round_)):
        raise Conflict(mark("本轮专家由抽取产生，递补专家按抽取顺序产生，不能指定。"))
    substitutes.refuse_unfit(session, round_, call, follows.id, row.expert_id, basis)


def decide_departure(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes the member has left, and whoever was named sits instead."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, round_, call = _member(session, actor, asked.object_id, lock=True)
        follows = _named(session, str(asked.payload["substitute"])) if approve else None
        basis = str(asked.payload["basis"])
        approvals.settle(
            session,
            actor,
            approval,
            "drop_out",
            approve=approve,
            payload_now=_payload(session, row, round_, call, follows, basis) if approve else None,
            note=note,
        )
        if not approve:
            return
        _refuse_unfit(session, row, round_)
        left = _leave(session, actor, row, round_, call, asked.reason, asked.asked_by)
        draw_acts.step_down(session, actor, round_, row.expert_id, asked.reason)
        if follows is not None:
            substitutes.seat(session, actor, round_, call, left, follows.id, source="register", basis=basis)


def _leave(
    session: Session,
    actor: Viewer,
    row: PanelMember,
    round_: Round,
    call: Call,
    reason: str,
    asked_by: int,
) -> Departure:
    rule = _rule(round_, call)
    kept, void = _sheets(session, row, rule)
    for sheet in void:
        sheet.state = states.advance(states.REVIEW, sheet.state, "void")
    row.left_at = now()
    made = Departure(
        round_id=round_.id,
        member_id=row.id,
        rule=rule,
        reason=reason,
        kept=[sheet.public_id for sheet in kept],
        voided=[sheet.public_id for sheet in void],
        left_at=row.left_at,
        asked_by=asked_by,
        approved_by=actor.account_id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor,
        "drop_out",
        object_kind="panel_member",
        object_id=row.public_id,
        call_id=call.id,
        detail={"kept_sheets": len(kept), "void_sheets": made.voided},
        bound=[Bound("departure", made)],
    )
    return made


def leaver(viewer: Viewer, *, member: str) -> Leaver:
    """What asking would mean, for the page that asks. Raises `NotFound`, `NotAllowed`, `Conflict`."""
    session = db.session()
    row, round_, call = _member(session, viewer, member, lock=False)
    policy.can_run_call(viewer, call.id).require()
    _refuse_unfit(session, row, round_)
    rule = _rule(round_, call)
    kept, void = _sheets(session, row, rule)
    drawn = bool(draw_state.in_force(draw_state.of_round(session, round_)))
    on_panel = sa.select(PanelMember.expert_id).where(PanelMember.round_id == round_.id)
    choices = session.execute(
        sa.select(Expert.public_id, Expert.name, Expert.employer)
        .where(Expert.id.not_in(on_panel), Expert.status == "active", Expert.merged_into_id.is_(None))
        .order_by(Expert.name_key, Expert.id)
    ).all()
    name = session.scalar(sa.select(Expert.name).where(Expert.id == row.expert_id))
    return Leaver(
        str(name),
        round_.public_id,
        rules_of(call).round_name(round_.stage, round_.panel),
        rule,
        len(kept),
        len(void),
        drawn,
        round_.state == "sealed",
        () if drawn or round_.state == "sealed" else tuple((c[0], f"{c[1]}（{c[2]}）") for c in choices),
    )


def seat_drawn(actor: Viewer, *, round_: str, basis: str = "") -> int:
    """Seat the drawn substitutes who have agreed on the telephone. Returns how many; raises `Conflict`."""
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_run_call(actor, row.call_id).require()
        draw_names.refuse_hidden(session, actor, row)  # what may be wrong with a substitute names him
        substitutes.refuse_late(row)
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        empty, ready = substitutes.waiting(session, row)
        pairs = list(zip(empty, ready, strict=False))
        if not pairs:
            raise Conflict(mark("没有已确认参加、等待入组的递补专家。请先在专家抽取页办理电话确认。"))
        for departure, expert in pairs:
            substitutes.seat(session, actor, row, call, departure, expert, source="draw", basis=basis)
        return len(pairs)
