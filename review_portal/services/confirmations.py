"""Before the list leaves the room each expert confirms the own sheets, as they enter the ranking.

Nobody confirms for another; a pen's signature, or that somebody could not be asked, is the word of two
(`confirmations_by_two`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.services import confirmation_state, points, scopes
from review_portal.services.confirmation_state import RoundSeats
from review_portal.services.points import CountedSheet
from review_portal.services.rules import round_name, rules_of

_OPEN_CALLS = ("reviewing", "ranked", "decided")


@dataclass(frozen=True, slots=True)
class OwnConfirmation:
    """What an expert is asked to confirm: the own sheets that count, and the word given so far.

    `state`: open, changed (a sheet is new since), or the answer that stands.
    """

    round_: str
    call: str
    round_name: str
    code: str
    sheets: tuple[CountedSheet, ...]
    digest: str
    state: str
    reason: str
    at: datetime | None


def _own_seat(
    session: Session, viewer: Viewer, public_id: str, *, lock: bool = False
) -> tuple[Round, PanelMember, list[CountedSheet]]:
    """The viewer's seat in a finished round and the own sheets that count. Raises `NotFound`, `Conflict`."""
    query = (
        sa.select(Round, PanelMember)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(
            Round.public_id == public_id,
            PanelMember.expert_id == viewer.expert_id,
            Round.state.not_in(("draft", "void")),
        )
    )
    found = session.execute(query.with_for_update(of=Round) if lock else query).first()
    if found is None or viewer.expert_id is None:
        raise NotFound()
    row, member = found
    confirmation_state.refuse_early(row)
    sheets = points.counted_sheets(
        session, row, member=member.id, as_of=confirmation_state.counted_as_of(session, row.call_id)
    )
    if not sheets:
        raise NotFound()
    return row, member, sheets


def own(viewer: Viewer, *, round_: str) -> OwnConfirmation:
    """The viewer's own sheets of a finished round, to be confirmed. Nothing of anybody else.

    Raises `NotFound` (missing, foreign, no sheet that counts), `Conflict` before reconciliation has ended.
    """
    session = db.session()
    row, member, sheets = _own_seat(session, viewer, round_)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    word = confirmation_state.newest(session, row).get(member.id)
    return OwnConfirmation(
        row.public_id,
        call.public_id,
        round_name(rules_of(call), row),
        member.code or "—",
        tuple(sheets),
        confirmation_state.digest_of(row, member.code or "", sheets),
        confirmation_state.state_of(word, sheets),
        word.reason if word else "",
        word.recorded_at if word else None,
    )


def waiting_for(viewer: Viewer) -> list[tuple[str, str]]:
    """Rounds (public id, name) whose own sheets the viewer has yet to confirm. Four queries a round."""
    session = db.session()
    rows = session.execute(
        sa.select(Round, Call)
        .join(Call, Call.id == Round.call_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(
            PanelMember.expert_id == viewer.expert_id,
            Round.state == "finished",
            Call.state.in_(_OPEN_CALLS),
        )
        .order_by(Round.id)
    ).all()
    found = []
    for row, call in rows:
        try:
            _row, member, sheets = _own_seat(session, viewer, row.public_id)
        except NotFound:
            continue
        if confirmation_state.state_of(confirmation_state.newest(session, row).get(member.id), sheets) in (
            "open",
            "changed",
        ):
            found.append((row.public_id, round_name(rules_of(call), row)))
    return found


def answer(actor: Viewer, *, round_: str, digest: str, agrees: bool, reason: str = "") -> None:
    """确认与本人评分一致, or not and why. `digest` is that of the sheets that the expert looked at.

    Raises `Conflict` when they are others by now or the list has left, `Invalid` without a reason.
    """
    text = reason.strip()
    if not agrees and len(text) < confirmation_state.REASON_MIN:
        sentence = mark(
            "请写明哪份材料、哪项得分与本人评分不一致，至少%(n)s个字。", n=confirmation_state.REASON_MIN
        )
        raise Invalid(sentence, {"reason": sentence})
    confirmation_state.refuse_long(text)
    with transaction() as session:
        row, member, sheets = _own_seat(session, actor, round_, lock=True)
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        if call.state not in _OPEN_CALLS:
            raise Conflict(mark("名单已公示，不能再确认。对评分有意见的，请联系秘书处。"))
        if confirmation_state.digest_of(row, member.code or "", sheets) != digest:
            raise Conflict(mark("本人评分的清单已有变化，未作记录。请重新核对后再确认。"))
        said = "confirmed" if agrees else "disputed"
        word = confirmation_state.newest(session, row).get(member.id)
        if word is not None and (word.answer, word.digest, word.reason) == (
            said,
            digest,
            "" if agrees else text,
        ):
            return  # sent twice
        confirmation_state.record(session, actor, row, member, sheets, said, "" if agrees else text)


def progress(viewer: Viewer, *, round_: str) -> RoundSeats:
    """Who has confirmed a finished round, for its chair and the call's offices.

    Raises `NotFound`, `NotAllowed` before reconciliation has ended.
    """
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return confirmation_state.seats_of(
        session, row, rules_of(call), confirmation_state.counted_as_of(session, call.id)
    )


def standing(viewer: Viewer, *, call: str) -> list[RoundSeats]:
    """Who has confirmed what, by finished round, for the call's offices. Raises `NotFound`."""
    return confirmation_state.standing_of(db.session(), scopes.office_call(viewer, call))
