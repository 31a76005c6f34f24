"""Who has confirmed which own sheets, and what waits for it; `confirmations` and its twin record.

A word stands as long as it covers every own sheet that counts: a sheet that came in or was changed later
takes a new word, one that counts no more takes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.confirmations import ScoreConfirmation
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.rankings import Ranking
from review_portal.services import approvals, audit, points
from review_portal.services.bindings import Bound
from review_portal.services.points import CountedSheet
from review_portal.services.rules import round_name, rules_of
from scoring_rubrics import Call as Rules

CONFIRM = "confirm_scores"
REASON_MIN = 4
REASON_MAX = 1000
SETTLED = ("confirmed", "paper", "absent")


@dataclass(frozen=True, slots=True)
class Seat:
    """A panel member whose sheets count, and whether they are confirmed. `waiting`: an open request."""

    member: str
    code: str
    name: str
    sheets: int
    state: str
    reason: str
    at: datetime | None
    waiting: str | None


@dataclass(frozen=True, slots=True)
class RoundSeats:
    """A finished round's members by code."""

    round_: str
    name: str
    seats: tuple[Seat, ...]

    @property
    def done(self) -> int:
        """How many have confirmed, or are recorded."""
        return sum(seat.state in SETTLED for seat in self.seats)

    @property
    def open(self) -> tuple[Seat, ...]:
        """Those for whom the list waits."""
        return tuple(seat for seat in self.seats if seat.state not in SETTLED)


def lines_of(sheets: Sequence[CountedSheet]) -> list[list[str]]:
    """Number, receipt and total of each sheet, as they are shown, bound and kept."""
    return [[sheet.number, sheet.receipt, f"{sheet.total:.2f}"] for sheet in sheets]


def digest_of(round_: Round, code: str, sheets: Sequence[CountedSheet]) -> str:
    """Check code of what a member is shown: exactly these sheets of this round."""
    return canonical.digest({"round": round_.public_id, "code": code, "sheets": lines_of(sheets)})


def counted_as_of(session: Session, call_id: int) -> datetime | None:
    """The moment as of which sheets count: that of the newest final ranking, None before there is one."""
    query = sa.select(sa.func.max(Ranking.frozen_at))
    return session.scalar(query.where(Ranking.call_id == call_id, Ranking.kind == "final"))


def newest(session: Session, round_: Round) -> dict[int, ScoreConfirmation]:
    """Member id -> the newest word. One query."""
    rows = session.scalars(
        sa.select(ScoreConfirmation)
        .where(ScoreConfirmation.round_id == round_.id)
        .order_by(ScoreConfirmation.id)
    )
    return {row.member_id: row for row in rows}


def state_of(word: ScoreConfirmation | None, sheets: Sequence[CountedSheet]) -> str:
    """The word, "open" without one, "changed" where a sheet stands that it does not cover."""
    if word is None:
        return "open"
    covered = {tuple(line) for line in word.sheets}
    return word.answer if {tuple(line) for line in lines_of(sheets)} <= covered else "changed"


def refuse_early(round_: Round) -> None:
    """Raise `Conflict` before reconciliation has ended."""
    if round_.state != "finished":
        raise Conflict(mark("复议结束后方可确认本人评分。"))


def refuse_long(text: str) -> None:
    """Raise `Invalid` at the field for more than a reason may hold."""
    if len(text) > REASON_MAX:
        sentence = mark("最多%(most)s个字，请改短。", most=REASON_MAX)
        raise Invalid(sentence, {"reason": sentence})


def record(
    session: Session,
    actor: Viewer,
    row: Round,
    member: PanelMember,
    sheets: Sequence[CountedSheet],
    said: str,
    reason: str,
    approval: int | None = None,
) -> None:
    """Keep a member's word with the sheets that it covers, on the chain."""
    word = ScoreConfirmation(
        round_id=row.id,
        member_id=member.id,
        answer=said,
        sheets=lines_of(sheets),
        digest=digest_of(row, member.code or "", sheets),
        reason=reason,
        approval_id=approval,
        recorded_at=now(),
        recorded_by=actor.account_id,
    )
    session.add(word)
    session.flush()
    audit.record(
        session,
        actor,
        CONFIRM,
        object_kind="round",
        object_id=row.public_id,
        call_id=row.call_id,
        detail={"member": member.public_id, "answer": said, "digest": word.digest},
        bound=[Bound("score_confirmation", word)],
    )


def standing_of(session: Session, call: Call) -> list[RoundSeats]:
    """The same for services that ask on their own account."""
    rules, as_of = rules_of(call), counted_as_of(session, call.id)
    rows = session.scalars(
        sa.select(Round)
        .where(Round.call_id == call.id, Round.state == "finished")
        .order_by(Round.position, Round.id)
    )
    return [seats_of(session, row, rules, as_of) for row in rows.all()]


def seats_of(session: Session, row: Round, rules: Rules, as_of: datetime | None) -> RoundSeats:
    """Who has confirmed a round: every member with a sheet that counts. Four queries."""
    own_sheets: dict[int, list[CountedSheet]] = {}
    for sheet in points.counted_sheets(session, row, as_of=as_of):
        own_sheets.setdefault(sheet.member, []).append(sheet)
    words = newest(session, row)
    members = session.execute(
        sa.select(PanelMember.id, PanelMember.public_id, PanelMember.code, Expert.name)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.id.in_(sorted(own_sheets)))
        .order_by(PanelMember.code, PanelMember.id)
    ).all()
    asked = approvals.open_on(session, CONFIRM, [member.public_id for member in members])
    return RoundSeats(
        row.public_id,
        round_name(rules, row),
        tuple(
            _seat(member, own_sheets[member.id], words.get(member.id), asked.get(member.public_id))
            for member in members
        ),
    )


def _seat(
    member: Any, sheets: Sequence[CountedSheet], word: ScoreConfirmation | None, waiting: str | None
) -> Seat:
    return Seat(
        member.public_id,
        member.code or "—",
        member.name,
        len(sheets),
        state_of(word, sheets),
        word.reason if word else "",
        word.recorded_at if word else None,
        waiting,
    )


def refuse_unconfirmed(session: Session, call: Call) -> None:
    """The list stays in the room while an expert has not confirmed. Raises `Conflict`, by round and code."""
    parts = [
        f"{round_.name}{'、'.join(_named(seat) for seat in round_.open)}"
        for round_ in standing_of(session, call)
        if round_.open
    ]
    if parts:
        raise Conflict(
            mark(
                "还有专家未确认“与本人评分一致”：%(who)s。全部确认以前，名单不能离开评审现场。",
                who="；".join(parts),
            )
        )


def _named(seat: Seat) -> str:
    return f"{seat.code}（不一致）" if seat.state == "disputed" else seat.code
