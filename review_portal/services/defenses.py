"""The defense round before and on its day: slots, panel and sheets, the order drawn, the timetable."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import audit, scopes
from review_portal.services.rules import rules_of

MAX_BREAK_MINUTES = 240


def _run(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    row = scopes.known_round(actor, round_, session=session, lock=True)
    policy.can_run_call(actor, row.call_id).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return row, call


def prepare(actor: Viewer, *, round_: str) -> None:
    """Set up the round of those on the shortlist: a slot each, the panel of the round before, the sheets.

    Nobody is assigned a dossier from which he is recused. Raises `Conflict` when it was done already or
    there is no frozen shortlist.
    """
    with transaction() as session:
        row, call = _run(session, actor, round_)
        if row.state != "draft":
            raise Conflict(mark("本轮已开启，不能再准备答辩。"))
        if session.scalar(sa.select(DefenseSlot.id).where(DefenseSlot.round_id == row.id).limit(1)):
            raise Conflict(mark("答辩名单已生成。"))
        chosen = _shortlisted(session, call)
        session.add_all(DefenseSlot(round_id=row.id, dossier_id=item.id) for item in chosen)
        experts = _seat_panel(session, row)
        _assign(session, actor, row, experts, chosen)
        audit.record(
            session,
            actor,
            "prepare_defense",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"dossiers": [item.number for item in chosen], "experts": len(experts)},
        )


def _shortlisted(session: Session, call: Call) -> list[Dossier]:
    ranking = session.scalars(
        sa.select(Ranking).where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
    ).first()
    if ranking is None:
        raise Conflict(mark("尚未冻结入围名单。请组长先冻结书面评审的入围名单。"))
    rows = list(
        session.scalars(
            sa.select(Dossier)
            .join(RankingRow, RankingRow.dossier_id == Dossier.id)
            .where(RankingRow.ranking_id == ranking.id, RankingRow.outcome == "shortlisted")
            .where(Dossier.state == "eligible")
            .order_by(Dossier.number)
        )
    )
    if not rows:
        raise Conflict(mark("入围名单中没有可以参加答辩的单位。"))
    return rows


def _seat_panel(session: Session, row: Round) -> list[int]:
    """Seat the previous round's experts anew, without their pledges; a panel named already stays."""
    seated = list(session.scalars(sa.select(PanelMember.expert_id).where(PanelMember.round_id == row.id)))
    if seated:
        return seated
    experts = list(
        session.scalars(
            sa.select(PanelMember.expert_id)
            .join(Round, Round.id == PanelMember.round_id)
            .where(Round.call_id == row.call_id, Round.position == row.position - 1)
            .order_by(PanelMember.id)
        )
    )
    session.add_all(
        PanelMember(round_id=row.id, expert_id=expert, order_key=secrets.token_hex(16)) for expert in experts
    )
    return experts


def _assign(
    session: Session, actor: Viewer, row: Round, experts: Sequence[int], dossiers: Sequence[Dossier]
) -> None:
    apart = _pairs(
        session,
        sa.select(Recusal.expert_id, Recusal.dossier_id).where(Recusal.call_id == row.call_id, standing()),
    )
    apart |= _pairs(session, sa.select(Review.expert_id, Review.dossier_id).where(Review.round_id == row.id))
    at = now()
    session.add_all(
        Review(
            round_id=row.id,
            expert_id=expert,
            dossier_id=dossier.id,
            dossier_version_id=dossier.current_version_id,
            assigned_at=at,
            assigned_by=actor.account_id,
        )
        for dossier in dossiers
        for expert in experts
        if (expert, dossier.id) not in apart
    )


def _pairs(session: Session, query: sa.Select[int, int]) -> set[tuple[int, int]]:
    return {(expert, dossier) for expert, dossier in session.execute(query)}


def draw_order(
    actor: Viewer, *, round_: str, order: Sequence[str] | None = None, witness: str = ""
) -> list[str]:
    """Draw the order, or take the one drawn by lot on paper: `order` of slot public ids, with a witness.

    Returns the dossier numbers in order. Raises `Conflict` when an order was drawn already, `Invalid`.
    """
    with transaction() as session:
        row, call = _run(session, actor, round_)
        slots = session.execute(
            sa.select(DefenseSlot, Dossier.number)
            .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
            .where(DefenseSlot.round_id == row.id, Dossier.state == "eligible")
            .order_by(Dossier.number)
        ).all()
        if not slots:
            raise Conflict(mark("请先生成答辩名单，再抽签。"))
        if any(slot.position is not None for slot, _number in slots):
            raise Conflict(mark("答辩顺序已抽定，不能重抽。"))
        if order is None:
            drawn = secrets.SystemRandom().sample(slots, len(slots))
        else:
            drawn = _as_drawn(slots, order, witness)
        for position, (slot, _number) in enumerate(drawn, start=1):
            slot.position = position
        numbers = [number for _slot, number in drawn]
        audit.record(
            session,
            actor,
            "draw_defense_order",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={
                "order": numbers,
                "method": "system" if order is None else "paper",
                "witness": witness.strip(),
            },
        )
        return numbers


def _as_drawn(
    slots: Sequence[sa.Row[DefenseSlot, str]], order: Sequence[str], witness: str
) -> list[sa.Row[DefenseSlot, str]]:
    known = {row[0].public_id: row for row in slots}
    if len(order) != len(known) or set(order) != set(known):
        raise Invalid(
            mark("现场抽签的顺序须包含全部%(n)s家单位，每家一次。", n=len(known)),
            {"order": mark("请核对每家单位的序号，不重不漏。")},
        )
    if not witness.strip():
        raise Invalid(mark("请填写抽签见证人。"), {"witness": mark("现场抽签须填写见证人。")})
    return [known[public_id] for public_id in order]


def set_timetable(actor: Viewer, *, round_: str, first: datetime, break_minutes: int = 0) -> None:
    """Plan the turns one after another from `first` on, each as long as the call's rules say."""
    if not 0 <= break_minutes <= MAX_BREAK_MINUTES:
        raise Invalid(
            mark("间隔须为0至%(most)s分钟。", most=MAX_BREAK_MINUTES),
            {"break_minutes": mark("请填写0至%(most)s之间的分钟数。", most=MAX_BREAK_MINUTES)},
        )
    with transaction() as session:
        row, call = _run(session, actor, round_)
        slots = session.scalars(
            sa.select(DefenseSlot)
            .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
            .where(DefenseSlot.round_id == row.id, DefenseSlot.position.is_not(None))
            .where(Dossier.state == "eligible")
            .order_by(DefenseSlot.position)
        ).all()
        if not slots:
            raise Conflict(mark("请先抽签确定答辩顺序，再排时间。"))
        rules = rules_of(call).defense
        step = timedelta(minutes=rules.present_minutes + rules.question_minutes + break_minutes)
        for place, slot in enumerate(slots):
            slot.starts_at = first + place * step
        audit.record(
            session,
            actor,
            "set_timetable",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"first": first, "break_minutes": break_minutes},
        )


def call_in(actor: Viewer, *, slot: str) -> None:
    """A unit is called in and its time runs; by the secretariat or the chair, while the round is scoring."""
    with transaction() as session:
        row = session.scalars(
            sa.select(DefenseSlot).where(DefenseSlot.public_id == slot).with_for_update()
        ).first()
        round_ = session.get(Round, row.round_id) if row else None
        runs = round_ is not None and bool(
            policy.can_run_call(actor, round_.call_id) or policy.can_chair(actor, round_)
        )
        if row is None or round_ is None or not runs:
            raise NotFound()
        if round_.state != "scoring" or row.position is None:
            raise Conflict(mark("答辩评分开启并抽定顺序后，方可请单位进场。"))
        state = session.scalar(sa.select(Dossier.state).where(Dossier.id == row.dossier_id))
        if state != "eligible":
            raise Conflict(mark("该单位已撤回申报。"))
        if row.called_at is not None:
            raise Conflict(mark("该单位已进场计时。"))
        row.called_at = now()
        audit.record(
            session,
            actor,
            "call_in",
            object_kind="defense_slot",
            object_id=row.public_id,
            call_id=round_.call_id,
            detail={"position": row.position},
        )
