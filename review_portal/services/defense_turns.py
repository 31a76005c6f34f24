"""What the defense's use cases share: who must leave, the room's row, and the checks before an act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import policy
from review_portal.domain.defense_clock import Clock
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defense_rooms import DefenseRoom
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Departure, Expert, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.services import scopes

STALE = mark("会场状态刚有变化，本次操作未执行。请按页面上的最新状态办理。")


def run(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    """The round under its lock, for the call's secretariat. Raises `NotFound`, `NotAllowed`."""
    row = scopes.known_round(actor, round_, session=session, lock=True)
    policy.can_run_call(actor, row.call_id).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return row, call


def leaving(session: Session, row: Round) -> Mapping[int, tuple[tuple[int, str], ...]]:
    """Dossier id -> (expert id, name) of those on the panel who are recused from it, by name."""
    found: dict[int, tuple[tuple[int, str], ...]] = {}
    for dossier, expert, name in session.execute(
        sa.select(Recusal.dossier_id, Expert.id, Expert.name)
        .join(Expert, Expert.id == Recusal.expert_id)
        .join(PanelMember, (PanelMember.expert_id == Recusal.expert_id) & (PanelMember.round_id == row.id))
        .where(Recusal.call_id == row.call_id, standing())
        .where(~sa.exists().where(Departure.member_id == PanelMember.id))
        .order_by(Expert.name_key, Expert.id)
    ):
        if (expert, name) not in found.get(dossier, ()):
            found[dossier] = (*found.get(dossier, ()), (expert, name))
    return found


def taking_part(session: Session, row: Round) -> Sequence[sa.Row[DefenseSlot, Dossier]]:
    """The turns of units that have not withdrawn, by number."""
    return session.execute(
        sa.select(DefenseSlot, Dossier)
        .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
        .where(DefenseSlot.round_id == row.id, Dossier.state == "eligible")
        .order_by(Dossier.number)
    ).all()


def room_of(session: Session, row: Round) -> DefenseRoom:
    """The room's row, as it stands in the database now. Raises `NotFound` for a round without turns."""
    query = sa.select(DefenseRoom).where(DefenseRoom.round_id == row.id)
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound()
    return found


def clock_of(room: DefenseRoom) -> Clock:
    """The room's clock."""
    return Clock(room.phase, room.clock_planned, room.clock_left, room.clock_since)  # type: ignore[arg-type]


def set_clock(room: DefenseRoom, clock: Clock) -> None:
    """Let the room show another clock; whoever follows it looks again."""
    room.phase, room.clock_planned = clock.phase, clock.planned
    room.clock_left, room.clock_since = clock.left, clock.since
    room.version += 1


def refuse_stale(room: DefenseRoom, seen: int | None) -> None:
    """`Conflict` when somebody acted after the page was made on which the button was pressed."""
    if seen is not None and seen != room.version:
        raise Conflict(STALE)


def result_of(session: Session, slot_id: int) -> str | None:
    """The newest recorded conclusion of a turn, a stored code."""
    return session.scalar(
        sa.select(DefenseRecord.result)
        .where(DefenseRecord.slot_id == slot_id)
        .order_by(DefenseRecord.ordinal.desc())
        .limit(1)
    )
