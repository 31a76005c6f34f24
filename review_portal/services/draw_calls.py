"""Telephoning the drawn experts: a log of attempts; who does not come is followed by the next in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import draw as core
from review_portal.domain import policy
from review_portal.domain.draw import Leaving, Record
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.draws import OUTCOMES, DrawCaller, DrawnRecord, ExpertDraw, PhoneCall
from review_portal.services import draw_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.draw_acts import Drawn, replace_seat, tell

APART: Final = timedelta(minutes=10)
UNREACHED_REASON = "两次拨打均未接通，间隔10分钟以上"
_LEAVING: Final[dict[str, Leaving]] = {"declined": "declined", "recused": "recused"}


def log_call(actor: Viewer, *, draw: str, expert: str, outcome: str, note: str = "") -> str | None:
    """Write down one call to a seated expert (by number); returns the successor's number if one follows.

    婉拒 and 需回避 need a reason and free the seat at once, 未接通 with a second missed call at least ten
    minutes after another. Raises `Conflict`, `Invalid`, `NotFound`.
    """
    if outcome not in OUTCOMES:
        raise Invalid(mark("请选择通话结果。"), {"outcome": mark("请选择。")})
    words = note.strip()
    if outcome in _LEAVING and not words:
        raise Invalid(mark("婉拒或需回避的，请写明原因。"), {"note": mark("请填写原因，不写单位名称。")})
    if len(words) > 500:
        raise Invalid(mark("备注超过500字，请缩短。"), {"note": mark("请缩短到500字以内。")})
    with transaction() as session:
        row, round_, record, ordinal = _drawn(session, actor, draw)
        person = _seated(session, round_, record, expert)
        earlier = [call for call in draw_state.calls_of(session, [row.id]) if call.expert_id == person]
        if earlier and earlier[-1].outcome == "agreed":
            raise Conflict(mark("该专家已同意参加。因故不能参加的，请登记退出。"))
        at = now()
        call = PhoneCall(
            draw_id=row.id,
            expert_id=person,
            attempt=len(earlier) + 1,
            outcome=outcome,
            note=words,
            called_at=at,
            called_by=actor.account_id,
        )
        session.add(call)
        tell(
            session,
            actor,
            "call_log",
            round_,
            row,
            {"number": expert, "outcome": outcome},
            [Bound("phone_call", call)],
        )
        leaving = _LEAVING.get(outcome)
        if outcome == "unreached" and _missed_twice(earlier, at):
            return replace_seat(
                session, actor, (row, round_, record, ordinal), expert, "unreachable", UNREACHED_REASON
            )
        if leaving is None:
            return None
        return replace_seat(session, actor, (row, round_, record, ordinal), expert, leaving, words)


def withdraw(actor: Viewer, *, draw: str, expert: str, reason: str) -> str | None:
    """因故退出: an expert who had agreed does not come; the next in order is called."""
    if not reason.strip() or len(reason) > 500:
        raise Invalid(mark("请写明退出的原因。"), {"reason": mark("请填写，不超过500字。")})
    with transaction() as session:
        row, round_, record, ordinal = _drawn(session, actor, draw)
        _seated(session, round_, record, expert)
        return replace_seat(
            session, actor, (row, round_, record, ordinal), expert, "withdrew", reason.strip()
        )


def take_over(actor: Viewer, *, draw: str, reason: str) -> None:
    """Another officer goes on telephoning and from now on knows the names; the first one no longer does."""
    if not reason.strip() or len(reason) > 500:
        raise Invalid(mark("请写明接手的原因。"), {"reason": mark("请填写，不超过500字。")})
    with transaction() as session:
        row, round_ = _known(session, actor, draw)
        policy.can_run_call(actor, round_.call_id).require()
        if draw_state.caller_of(session, row.id) == actor.account_id:
            raise Conflict(mark("您已是本次抽取的拨打人。"))
        caller = DrawCaller(draw_id=row.id, account_id=actor.account_id, reason=reason.strip(), since=now())
        session.add(caller)
        tell(session, actor, "take_over_calls", round_, row, {}, [Bound("draw_caller", caller)])


def _missed_twice(earlier: Sequence[PhoneCall], at: datetime) -> bool:
    return any(call.outcome == "unreached" and at - call.called_at >= APART for call in earlier)


def _known(session: Session, actor: Viewer, draw: str) -> tuple[ExpertDraw, Round]:
    row = session.scalars(sa.select(ExpertDraw).where(ExpertDraw.public_id == draw)).first()
    if row is None:
        raise NotFound()
    public_id = session.scalar(sa.select(Round.public_id).where(Round.id == row.round_id))
    return row, scopes.known_round(actor, str(public_id), session=session, lock=True)


def _drawn(session: Session, actor: Viewer, draw: str) -> Drawn:
    row, round_ = _known(session, actor, draw)
    if not policy.can_see_call(actor, round_.call_id):
        raise NotFound()
    policy.can_telephone(actor, round_.call_id, draw_state.caller_of(session, row.id)).require()
    if round_.state not in ("draft", "scoring", "sealed"):
        raise Conflict(mark("评分已启封，专家组不能再变动。"))
    (found,) = draw_state.standings(session, [row])
    if found.record is None or found.record.outcome is None:
        raise Conflict(mark("本次抽取还没有结果，不能办理电话确认。"))
    last = session.scalar(sa.select(sa.func.max(DrawnRecord.ordinal)).where(DrawnRecord.draw_id == row.id))
    return row, round_, found.record, last or 0


def _seated(session: Session, round_: Round, record: Record, number: str) -> int:
    """The expert behind a number that holds a seat now. Conflict: it holds none any more."""
    known = draw_state.numbers_of(session, round_.call_id)
    if number not in known:
        raise NotFound()
    if number not in {seat.id for seat in core.seats(record)}:
        raise Conflict(mark("%(number)s号不在当前人选中，请刷新页面查看。", number=number))
    return known[number]
