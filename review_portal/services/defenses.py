"""The defense round before and on its day: slots, panel and sheets, the timetable, units called in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.defense_clock import called
from review_portal.domain.defense_timetable import Pause, starts
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defense_rooms import DefenseMove, DefenseRoom
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import audit, defense_turns, panel_parts, recusals, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

MAX_MINUTES = 240
MAX_PAUSE = timedelta(days=3)


def prepare(actor: Viewer, *, round_: str) -> None:
    """Set up the round of those on the shortlist: a slot each, the panel of the round before, the sheets.

    Nobody is assigned a dossier from which he is recused. Raises `Conflict` when it was done already or
    there is no frozen shortlist.
    """
    with transaction() as session:
        row, call = defense_turns.run(session, actor, round_)
        if row.state != "draft":
            raise Conflict(mark("本轮已开启，不能再准备答辩。"))
        if session.scalar(sa.select(DefenseSlot.id).where(DefenseSlot.round_id == row.id).limit(1)):
            raise Conflict(mark("答辩名单已生成。"))
        chosen = _heard(session, row, call)
        session.add_all(DefenseSlot(round_id=row.id, dossier_id=item.id) for item in chosen)
        session.add(DefenseRoom(round_id=row.id, call_minutes=rules_of(call).defense.call_minutes))
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


def _rounds_before(session: Session, row: Round) -> Sequence[Round]:
    return session.scalars(
        sa.select(Round).where(Round.call_id == row.call_id, Round.position == row.position - 1)
    ).all()


def _heard(session: Session, row: Round, call: Call) -> list[Dossier]:
    """Those on the shortlists; anew after an objection the contested ones and those beside them."""
    if row.reexamination_id is None:
        return _shortlisted(session, row, call)
    return list(session.scalars(recusals.dossiers_of(session, row).order_by(Dossier.number)))


def _shortlisted(session: Session, row: Round, call: Call) -> list[Dossier]:
    rankings = session.scalars(
        sa.select(Ranking.id).where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
    ).all()
    if not rankings:
        raise Conflict(mark("尚未冻结入围名单。请组长先冻结上一环节的入围名单。"))
    panel_parts.refuse_unfrozen(session, _rounds_before(session, row), call)
    rows = list(
        session.scalars(
            sa.select(Dossier)
            .join(RankingRow, RankingRow.dossier_id == Dossier.id)
            .where(RankingRow.ranking_id.in_(rankings), RankingRow.outcome == "shortlisted")
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
    if row.reexamination_id is not None:
        raise Conflict(mark("重新评审须由其他专家进行，请先确定专家组，再生成答辩名单。"))
    if len(_rounds_before(session, row)) > 1:
        raise Conflict(mark("上一环节分组评审，本轮专家组不能沿用。请先在“专家组”页确定专家组。"))
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


def set_timetable(
    actor: Viewer,
    *,
    round_: str,
    first: datetime,
    break_minutes: int = 0,
    call_minutes: int | None = None,
    pauses: Sequence[tuple[str, Pause]] = (),
) -> None:
    """Plan the turns one after another from `first` on, as long as the call's rules say, around `pauses`.

    `call_minutes` before its turn a unit has to be there (None: as the call says). Turns that were called in
    keep their times. Raises `Invalid` at the fields, `Conflict` before the order is drawn.
    """
    with transaction() as session:
        row, call = defense_turns.run(session, actor, round_)
        rules = rules_of(call).defense
        early = rules.call_minutes if call_minutes is None else call_minutes
        _refuse_minutes(break_minutes=break_minutes, call_minutes=early)
        _refuse_pauses(pauses)
        slots = _in_order(session, row)
        if not slots:
            raise Conflict(mark("请先抽签确定答辩顺序，再排时间。"))
        to_come = [slot for slot in slots if slot.called_at is None]
        length = timedelta(minutes=rules.present_minutes + rules.question_minutes)
        planned = starts(
            first,
            len(to_come),
            length=length,
            between=timedelta(minutes=break_minutes),
            pauses=[pause for _name, pause in pauses],
        )
        for slot, at in zip(to_come, planned, strict=True):
            slot.starts_at = at
        room = defense_turns.room_of(session, row)
        room.call_minutes, room.break_minutes = early, break_minutes
        room.changes += 1
        room.pauses = [[name, pause.begins, pause.ends] for name, pause in pauses]
        audit.record(
            session,
            actor,
            "set_timetable",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"first": first, "break_minutes": break_minutes, "call_minutes": early},
        )


def _in_order(session: Session, row: Round) -> list[DefenseSlot]:
    turns = [slot for slot, _dossier in defense_turns.taking_part(session, row) if slot.position is not None]
    return sorted(turns, key=lambda slot: slot.position or 0)


def _refuse_minutes(**typed: int) -> None:
    faults = {
        name: mark("请填写0至%(most)s之间的分钟数。", most=MAX_MINUTES)
        for name, minutes in typed.items()
        if not 0 <= minutes <= MAX_MINUTES
    }
    if faults:
        raise Invalid(mark("时间未排定，请更正标出的内容。"), faults)


def _refuse_pauses(pauses: Sequence[tuple[str, Pause]]) -> None:
    faults: dict[str, Message] = {}
    for at, (_name, pause) in enumerate(pauses):
        if pause.ends <= pause.begins:
            faults[f"pause-{at}"] = mark("休息的结束时间须晚于开始时间。")
        elif pause.ends - pause.begins > MAX_PAUSE:
            faults[f"pause-{at}"] = mark("一次休息不超过3天，请核对日期。")
    if faults:
        raise Invalid(mark("时间未排定，请更正标出的内容。"), faults)


def move_turn(
    actor: Viewer,
    *,
    slot: str,
    start: datetime,
    reason: str,
    following: bool = False,
    seen: int | None = None,
) -> None:
    """Move one planned start, with a reason; `following`: those after it move along by the same time.

    `seen` is the version of the turn that was on the page. Raises `Invalid` where turns would run into each
    other, `Conflict` before there is a timetable or once the unit was called in.
    """
    with transaction() as session:
        row, round_, call = _turn(session, actor, slot)
        policy.can_run_call(actor, call.id).require()
        if row.starts_at is None or row.called_at is not None:
            raise Conflict(mark("只能调整已排定时间、尚未进场的单位。"))
        if seen is not None and seen != row.version:
            raise Conflict(defense_turns.STALE)
        slots, before = _in_order(session, round_), row.starts_at
        rules = rules_of(call).defense
        length = timedelta(minutes=rules.present_minutes + rules.question_minutes)
        faults = _move_faults(slots, row, start, length, following)
        if len(reason.strip()) < 2:
            faults["reason"] = mark("请写明事由，至少2个字。")
        if faults:
            raise Invalid(mark("时间未调整，请更正标出的内容。"), faults)
        for other in slots:
            later = (other.position or 0) > (row.position or 0)
            if following and later and other.starts_at is not None and other.called_at is None:
                other.starts_at += start - before
        row.starts_at = start
        made = DefenseMove(
            slot_id=row.id,
            before=before,
            after=start,
            following=following,
            reason=reason.strip(),
            moved_at=now(),
            moved_by=actor.account_id,
        )
        session.add(made)
        defense_turns.room_of(session, round_).changes += 1
        audit.record(
            session,
            actor,
            "move_turn",
            object_kind="defense_slot",
            object_id=row.public_id,
            call_id=call.id,
            detail={"position": row.position, "first": start, "following": following},
            bound=[Bound("defense_move", made)],
        )


def _move_faults(
    slots: Sequence[DefenseSlot], row: DefenseSlot, start: datetime, length: timedelta, following: bool
) -> dict[str, Message]:
    at = slots.index(row)
    before = slots[at - 1].starts_at if at else None
    after = slots[at + 1].starts_at if at + 1 < len(slots) else None
    if before is not None and start < before + length:
        return {"start": mark("须晚于上一家结束的时间。")}
    if after is not None and not following and start + length > after:
        return {"start": mark("与下一家的时间重叠，请改时间或让其后各家一并顺延。")}
    return {}


def _turn(session: Session, actor: Viewer, slot: str) -> tuple[DefenseSlot, Round, Call]:
    """The turn under its round's lock, for the call's offices and the chair. Raises `NotFound`."""
    found = session.execute(
        sa.select(DefenseSlot, Round.public_id)
        .join(Round, Round.id == DefenseSlot.round_id)
        .where(DefenseSlot.public_id == slot)
    ).first()
    if found is None:
        raise NotFound()
    round_ = scopes.known_round(actor, found[1], session=session, lock=True)
    session.refresh(found[0])
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    return found[0], round_, call


def call_in(actor: Viewer, *, slot: str, seen: int | None = None) -> None:
    """A unit is called in; its clock stands until the presentation starts. By the secretariat or the chair.

    `seen` is the room's version on the page of whoever presses. Raises `Conflict` while another unit is in.
    """
    with transaction() as session:
        row, round_, call = _turn(session, actor, slot)
        if not (policy.can_run_call(actor, call.id) or policy.can_chair(actor, round_)):
            raise NotFound()
        room = defense_turns.room_of(session, round_)
        defense_turns.refuse_stale(room, seen)
        _refuse_calling(session, row, round_, room)
        row.called_at = now()
        room.slot_id = row.id
        defense_turns.set_clock(room, called(rules_of(call).defense.present_minutes * 60))
        audit.record(
            session,
            actor,
            "call_in",
            object_kind="defense_slot",
            object_id=row.public_id,
            call_id=call.id,
            detail={"position": row.position},
        )


def _refuse_calling(session: Session, row: DefenseSlot, round_: Round, room: DefenseRoom) -> None:
    if round_.state != "scoring" or row.position is None:
        raise Conflict(mark("答辩评分开启并抽定顺序后，方可请单位进场。"))
    if session.scalar(sa.select(Dossier.state).where(Dossier.id == row.dossier_id)) != "eligible":
        raise Conflict(mark("该单位已撤回申报。"))
    if row.called_at is not None:
        raise Conflict(mark("该单位已请进场。"))
    if defense_turns.result_of(session, row.id) is not None:
        raise Conflict(mark("该单位已有答辩结论或放弃登记。"))
    inside = room.slot_id is not None and room.phase not in ("idle", "over")
    if inside and room.slot_id is not None and defense_turns.result_of(session, room.slot_id) is None:
        raise Conflict(mark("上一家尚未结束，请先结束上一家，再请下一家进场。"))
