"""The acts of a draw: lock, commit, fix the public value, reveal, and what comes of it.

The protocol is `domain.draw`; here it is kept, each act by whose it is, each on the chain as it happens.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import draw as core
from review_portal.domain import policy
from review_portal.domain.draw import (
    Draw,
    Event,
    Frozen,
    Party,
    PublicSource,
    PublicValue,
    Record,
    Rules,
    Stratum,
)
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.domain.frozen_json import encoded
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.draws import DrawCaller, DrawnRecord, DrawSecret, ExpertDraw
from review_portal.services import draw_panels, draw_pool, draw_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.draw_acts import act, running, tell
from review_portal.services.draw_newcomers import refuse_few_new
from review_portal.services.draw_state import Standing
from review_portal.services.rules import rules_of

REFUSAL_MINUTES = draw_state.REFUSAL_MINUTES


@dataclass(frozen=True, slots=True)
class Plan:
    """What the secretariat decides before the lock. `seats`: (specialty, quota, 候补) in the order drawn.

    `left_out`: public id of an expert -> why he cannot be drawn. `reason`: of a 补抽.
    """

    seats: Sequence[tuple[str, int, int]]
    left_out: Mapping[str, str]
    leave_conflicts_out: bool
    one_per_employer: bool
    source: PublicSource
    fallback: PublicSource
    on_refusal: Literal["proceed", "void"]
    hash: Literal["sha256", "sm3"]
    place: str
    present: str
    meeting: str
    reason: str = ""


def lock(actor: Viewer, *, round_: str, plan: Plan) -> str:
    """Freeze pool, rules and exclusions; returns the draw's public id.

    One draw a round, before it opens; open seats are a 补抽, also later. Raises `Conflict`, `Invalid`.
    """
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_run_call(actor, row.call_id).require()
        verdict = policy.can_lock_draw(actor, row)
        if not verdict:
            raise Conflict(verdict.reason)
        _refuse_unfit(plan)
        found = draw_state.of_round(session, row)
        if row.state != "draft" and not draw_state.in_force(found):
            raise Conflict(mark("本轮已开启，不能再抽取专家。"))
        draw_panels.refuse_running(session, row)
        frozen = _frozen(session, row, plan, found)
        refuse_few_new(session, row, frozen, found)
        out = len(frozen.pool) - len(frozen.drawable)
        drawn = ExpertDraw(
            round_id=row.id,
            event=frozen.event.id,
            frozen=encoded(frozen),
            code=frozen.codes.frozen,
            place=plan.place.strip(),
            present=plan.present.strip(),
            meeting=plan.meeting.strip(),
            frozen_at=frozen.event.frozen_at,
            frozen_by=actor.account_id,
        )
        session.add(drawn)
        session.flush()
        caller = DrawCaller(
            draw_id=drawn.id, account_id=actor.account_id, reason="", since=frozen.event.frozen_at
        )
        session.add(caller)
        tell(
            session,
            actor,
            "lock_draw",
            row,
            drawn,
            {"code": frozen.codes.frozen, "pool": len(frozen.pool), "excluded": out},
            [Bound("draw", drawn), Bound("draw_caller", caller)],
        )
        return str(drawn.public_id)


def _refuse_unfit(plan: Plan) -> None:
    faults: dict[str, Message] = {}
    for name, text, limit in (
        ("place", plan.place, 200),
        ("present", plan.present, 500),
        ("meeting", plan.meeting, 200),
    ):
        if not text.strip():
            faults[name] = mark("请填写。")
        elif len(text.strip()) > limit:
            faults[name] = mark("超过%(limit)s字，请缩短。", limit=limit)
    if any(len(reason) > 200 for reason in plan.left_out.values()):
        faults["left_out"] = mark("不参加抽取的理由超过200字，请缩短。")
    if faults:
        raise Invalid(mark("名单未锁定，请更正标出的内容。"), faults)


def _frozen(session: Session, row: Round, plan: Plan, found: Sequence[Standing]) -> Frozen:
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules = rules_of(call)
    last = _last_record(found)
    again = mark("专家抽取") if last is None else mark("专家补抽")
    name = f"{rules.round_name(row.stage, row.panel)}{again.msgid}"
    event = Event(f"{row.public_id}-{len(found) + 1}", name, now())
    drawn_by = Rules(
        tuple(Stratum(key, key, quota, standby) for key, quota, standby in plan.seats),
        plan.fallback,
        plan.source,
        plan.one_per_employer,
        plan.hash,
        plan.on_refusal,
    )
    pool, out = draw_pool.locked_pool(
        session,
        row,
        plan.left_out,
        leave_conflicts_out=plan.leave_conflicts_out,
        meeting=plan.meeting,
    )
    used = set(session.scalars(sa.select(ExpertDraw.event)).all())
    if last is not None:
        return core.freeze_supplement(
            last,
            event,
            pool,
            drawn_by,
            out,
            reason=plan.reason.strip(),
            before=draw_state.concluded(found)[:-1],
            used_events=used,
        )
    before = _earlier_record(session, row)
    if before is not None:
        return core.freeze_after(before, event, pool, drawn_by, out, used_events=used)
    return core.freeze(event, pool, drawn_by, out, used_events=used)


def _last_record(found: Sequence[Standing]) -> Record | None:
    """The record that a 补抽 follows, None where nothing was locked yet. Conflict: no second draw."""
    standing = draw_state.in_force(found)
    if not standing:
        return None
    if standing[-1].record is None:
        raise Conflict(mark("本轮名单已经锁定，请按已锁定的名单完成抽取。"))
    if not draw_state.open_seats(found):
        raise Conflict(
            mark(
                "本轮专家已经抽取，同一名单不能再次抽取。人选有缺的，由系统按抽取顺序递补；无人可递补时方可补抽。"
            )
        )
    return standing[-1].record


def _earlier_record(session: Session, row: Round) -> Record | None:
    """The record of the call's last draw for another round, to which the difference is told."""
    rows = session.scalars(
        sa.select(ExpertDraw)
        .join(Round, Round.id == ExpertDraw.round_id)
        .where(Round.call_id == row.call_id, Round.id != row.id)
        .order_by(ExpertDraw.id)
    ).all()
    drawn = [item.record for item in draw_state.standings(session, rows) if item.record is not None]
    return drawn[-1] if drawn else None


def cancel(actor: Viewer, *, round_: str, reason: str) -> None:
    """Take a lock back before anybody has committed; it stays on record with its reason."""
    with transaction() as session:
        row, found = running(session, actor, round_)
        policy.can_run_call(actor, row.call_id).require()
        if found.draw.commitments:
            raise Conflict(mark("已有一方提交，名单不能再撤销。请按锁定的名单完成抽取。"))
        if not reason.strip():
            raise Invalid(mark("请写明撤销的原因。"), {"reason": mark("请填写。")})
        act(session, actor, "cancel_draw", row, found, "cancel", "organiser", {"reason": reason.strip()})


def commit(actor: Viewer, *, round_: str, number: str) -> None:
    """A party's number: typed or thrown by itself. It is salted, kept, and only its code is shown.

    An empty `number` is refused; each party gives one, from an account of its own.
    """
    words = " ".join(number.split())
    if not words or len(words) > 200:
        raise Invalid(mark("请填写您的数。"), {"number": mark("任意写一个数，不超过200字。")})
    with transaction() as session:
        row, found = running(session, actor, round_)
        party = _party(actor, row)
        nonce = secrets.token_hex(32)
        code = core.commitment_code(found.draw.frozen, party, nonce, words)
        moved = core.commit(found.draw, party, code, now())
        _refuse_same_hand(actor, found, party)
        session.add(DrawSecret(draw_id=found.row.id, party=party, nonce=nonce, words=words))
        given = next(item for item in moved.commitments if item.party == party)
        act(session, actor, "commit_draw", row, found, "commit", party, encoded(given))


def thrown() -> str:
    """A number that the portal throws for a party that does not want to think of one."""
    return f"{secrets.randbelow(10**12):012d}"


def read_back(actor: Viewer, *, round_: str, value: str, fallback_reason: str = "") -> str:
    """What `fix_value` would write down, to be compared in the room first: it is written once only."""
    session = db.session()
    row = scopes.known_round(actor, round_)
    policy.can_run_call(actor, row.call_id).require()
    found = draw_state.of_round(session, row)
    if not found or not found[-1].running:
        raise Conflict(mark("本轮没有正在进行的抽取，请刷新页面查看。"))
    return _valued(found[-1].draw, value, fallback_reason).value


def fix_value(actor: Viewer, *, round_: str, value: str, fallback_reason: str = "") -> None:
    """Write down what was read aloud. With a reason it is the published fallback's."""
    with transaction() as session:
        row, found = running(session, actor, round_)
        policy.can_run_call(actor, row.call_id).require()
        fixed = _valued(found.draw, value, fallback_reason)
        act(session, actor, "fix_public_value", row, found, "value", "room", encoded(fixed))


def _valued(draw: Draw, value: str, fallback_reason: str) -> PublicValue:
    moved = core.fix_public_value(draw, value, now(), fallback_reason=" ".join(fallback_reason.split()))
    if moved.public_value is None:
        raise RuntimeError("a public value was fixed and is not there")
    return moved.public_value


def reveal(actor: Viewer, *, round_: str) -> bool:
    """A party's number is opened, by who gave it; with the second one the experts are drawn: then True."""
    with transaction() as session:
        row, found = running(session, actor, round_)
        party = _party(actor, row)
        given = found.act_of("commit", party)
        kept = session.scalars(
            sa.select(DrawSecret).where(DrawSecret.draw_id == found.row.id, DrawSecret.party == party)
        ).first()
        if given is None or kept is None:
            raise Conflict(mark("您一方尚未提交自己的数，不能公开。"))
        if given.acted_by != actor.account_id:
            raise NotAllowed(mark("自己的数只能由提交的人公开。本人不能到场的，按未公开登记。"))
        moved = core.reveal(found.draw, party, kept.nonce, kept.words, now())
        _opened(session, actor, row, found, moved, party, "reveal_draw")
        return moved.complete


def refuse(actor: Viewer, *, round_: str, reason: str) -> None:
    """Record that a party does not reveal: for oneself at any time, for the other side after having revealed.

    The other side may be told only when `REFUSAL_MINUTES` have passed since the public value: else whoever
    is quicker could choose between two results.
    """
    with transaction() as session:
        row, found = running(session, actor, round_)
        own = _party(actor, row)
        if found.draw.public_value is None:
            raise Conflict(mark("公开数记录以后，才能登记未公开。"))
        mine = any(opening.party == own for opening in found.draw.openings)
        party = _other(own) if mine else own
        if mine and now() < found.draw.public_value.at + timedelta(minutes=REFUSAL_MINUTES):
            raise Conflict(
                mark("公开数记录满%(n)s分钟对方仍未公开的，方可登记。请先提醒对方。", n=REFUSAL_MINUTES)
            )
        if not reason.strip():
            raise Invalid(mark("请写明未公开的情况。"), {"reason": mark("请填写。")})
        moved = core.refuse_to_reveal(found.draw, party, reason.strip(), now())
        _opened(session, actor, row, found, moved, party, "refuse_reveal")


def _opened(
    session: Session, actor: Viewer, row: Round, found: Standing, moved: Draw, party: Party, action: str
) -> None:
    opening = next(item for item in moved.openings if item.party == party)
    act(session, actor, action, row, found, "open", party, encoded(opening))
    if not moved.complete:
        return
    record = core.draw_record(moved)
    drawn = DrawnRecord(
        draw_id=found.row.id,
        ordinal=0,
        record=encoded(record),
        code=record.code,
        recorded_at=now(),
        recorded_by=actor.account_id,
    )
    session.add(drawn)
    tell(
        session,
        actor,
        "draw_experts",
        row,
        found.row,
        {"code": record.code, "seats": len(core.seats(record)), "void": record.outcome is None},
        [Bound("drawn_record", drawn)],
    )


def _party(actor: Viewer, row: Round) -> Party:
    party = policy.draw_party(actor, row.call_id)
    if party == "organiser":
        return "organiser"
    if party == "supervisor":
        return "supervisor"
    raise NotAllowed(mark("只有本批次秘书处和监督人员可以参加抽取。"))


def _other(party: Party) -> Party:
    return "supervisor" if party == "organiser" else "organiser"


def _refuse_same_hand(actor: Viewer, found: Standing, party: Party) -> None:
    theirs = found.act_of("commit", _other(party))
    if theirs is not None and theirs.acted_by == actor.account_id:
        raise NotAllowed(mark("双方的数须由两个人分别提交。"))
