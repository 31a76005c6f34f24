"""How far a round's draw has come, read back from its append-only rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.draw import (
    Commitment,
    Draw,
    Frozen,
    PublicValue,
    Record,
    Refusal,
    Reveal,
    seats,
    vacancies,
)
from review_portal.domain.frozen_json import decoded
from review_portal.models.calls import Round
from review_portal.models.draws import DrawAct, DrawCaller, DrawnRecord, DrawNumber, ExpertDraw, PhoneCall

REFUSAL_MINUTES: Final = (
    10  # after the public value, before one side may record that the other does not reveal
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One draw as it stands: its row, its acts, the protocol's own view, and its latest record if drawn."""

    row: ExpertDraw
    acts: tuple[DrawAct, ...]
    draw: Draw
    record: Record | None

    @property
    def cancelled(self) -> DrawAct | None:
        """The act by which the lock was taken back before anybody had committed."""
        return next((act for act in self.acts if act.step == "cancel"), None)

    @property
    def running(self) -> bool:
        """Locked, neither drawn nor taken back."""
        return self.record is None and self.cancelled is None

    @property
    def phase(self) -> str:
        """cancelled, commit, value, open, drawn or void: what is next, or how it ended."""
        if self.cancelled is not None:
            return "cancelled"
        if self.record is not None:
            return "void" if self.record.outcome is None else "drawn"
        if len(self.draw.commitments) < 2:
            return "commit"
        return "value" if self.draw.public_value is None else "open"

    def act_of(self, step: str, party: str) -> DrawAct | None:
        """A party's act of this step."""
        return next((act for act in self.acts if act.step == step and act.party == party), None)


def of_round(session: Session, round_: Round) -> list[Standing]:
    """The round's draws, oldest first. Three queries, however many there are."""
    rows = session.scalars(
        sa.select(ExpertDraw).where(ExpertDraw.round_id == round_.id).order_by(ExpertDraw.id)
    ).all()
    return standings(session, rows)


def standings(session: Session, rows: Sequence[ExpertDraw]) -> list[Standing]:
    """These draws with their acts and latest records. Two queries."""
    ids = [row.id for row in rows]
    acts: dict[int, list[DrawAct]] = {key: [] for key in ids}
    for act in session.scalars(sa.select(DrawAct).where(DrawAct.draw_id.in_(ids)).order_by(DrawAct.id)):
        acts[act.draw_id].append(act)
    query = sa.select(DrawnRecord).where(DrawnRecord.draw_id.in_(ids)).order_by(DrawnRecord.ordinal)
    latest = {row.draw_id: row for row in session.scalars(query)}
    return [_standing(row, acts[row.id], latest.get(row.id)) for row in rows]


def _standing(row: ExpertDraw, acts: Sequence[DrawAct], drawn: DrawnRecord | None) -> Standing:
    record = decoded(Record, drawn.record) if drawn else None
    return Standing(row, tuple(acts), record.draw if record else _draw(row, acts), record)


def _draw(row: ExpertDraw, acts: Sequence[DrawAct]) -> Draw:
    value = next((act for act in acts if act.step == "value"), None)
    by_party = sorted(acts, key=lambda act: act.party)  # the organiser stands before the supervisor
    return Draw(
        decoded(Frozen, row.frozen),
        tuple(decoded(Commitment, act.body) for act in by_party if act.step == "commit"),
        decoded(PublicValue, value.body) if value else None,
        tuple(_opening(act.body) for act in by_party if act.step == "open"),
    )


def _opening(body: Mapping[str, object]) -> Reveal | Refusal:
    return decoded(Refusal, body) if "refusal" in body else decoded(Reveal, body)


def record_with_code(session: Session, row: ExpertDraw, code: str) -> Record:
    """The draw's record as it stood when `code` was its last one."""
    kept = session.scalars(
        sa.select(DrawnRecord).where(DrawnRecord.draw_id == row.id, DrawnRecord.code == code)
    ).one()
    return decoded(Record, kept.record)


def record_at(session: Session, row: ExpertDraw, at: datetime) -> Record | None:
    """The draw's record as it stood at a time; None where nothing was drawn yet."""
    kept = session.scalars(
        sa.select(DrawnRecord)
        .where(DrawnRecord.draw_id == row.id, DrawnRecord.recorded_at <= at)
        .order_by(DrawnRecord.ordinal.desc())
        .limit(1)
    ).first()
    return decoded(Record, kept.record) if kept else None


def in_force(found: Sequence[Standing]) -> list[Standing]:
    """The draw that counts with its supplements: those that were not taken back."""
    return [item for item in found if item.cancelled is None]


def numbers_of(session: Session, call_id: int) -> dict[str, int]:
    """Number -> expert id of everybody who was ever in a pool of this call. One query."""
    rows = session.execute(
        sa.select(DrawNumber.number, DrawNumber.expert_id).where(DrawNumber.call_id == call_id)
    )
    return {row.number: row.expert_id for row in rows}


def callers_of(session: Session, draw_ids: Collection[int]) -> dict[int, int]:
    """Draw -> the account that telephones: the latest that took it on. One query."""
    rows = session.execute(
        sa.select(DrawCaller.draw_id, DrawCaller.account_id)
        .where(DrawCaller.draw_id.in_(list(draw_ids)))
        .order_by(DrawCaller.id)
    )
    return {row.draw_id: row.account_id for row in rows}


def caller_of(session: Session, draw_id: int) -> int | None:
    """The account that telephones for one draw. One query."""
    return callers_of(session, [draw_id]).get(draw_id)


def calls_of(session: Session, draw_ids: Collection[int]) -> list[PhoneCall]:
    """All calls of these draws in their order. One query."""
    return list(
        session.scalars(
            sa.select(PhoneCall).where(PhoneCall.draw_id.in_(list(draw_ids))).order_by(PhoneCall.id)
        )
    )


def last_outcomes(calls: Sequence[PhoneCall]) -> Mapping[tuple[int, int], PhoneCall]:
    """(draw, expert) -> the latest call."""
    return {(call.draw_id, call.expert_id): call for call in calls}


def confirmed(session: Session, round_: Round, found: Sequence[Standing]) -> set[int]:
    """Experts who hold a drawn seat of this round and have said that they come. Two queries."""
    numbers = numbers_of(session, round_.call_id)
    last = last_outcomes(calls_of(session, [item.row.id for item in found]))
    return {
        expert
        for item in found
        if item.record is not None
        for expert in (numbers[seat.id] for seat in seats(item.record))
        if (call := last.get((item.row.id, expert))) is not None and call.outcome == "agreed"
    }


def concluded(found: Sequence[Standing]) -> list[Record]:
    """The records of a round's draws that count, oldest first, as they stand now."""
    return [item.record for item in in_force(found) if item.record is not None]


def open_by_stratum(found: Sequence[Standing]) -> dict[str, int]:
    """Stratum -> seats for which nobody is left in order, over all draws of the round."""
    records = concluded(found)
    if not records:
        return {}
    return {vacancy.stratum: vacancy.seats for vacancy in vacancies(records[-1], records[:-1])}


def open_seats(found: Sequence[Standing]) -> int:
    """Seats for which nobody is left in order: a supplementary draw is due."""
    return sum(open_by_stratum(found).values())
