"""A defense round's turns as rows for reading, whoever reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review_portal.db import db
from review_portal.models.calls import Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.services import defense_turns


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A unit's turn. `leaving` are panel members who must leave the room; `result` is a stored code.

    `withdrawn`: the unit took its dossier back after the turns were made; it is passed over.
    """

    public_id: str
    dossier: str
    number: str
    unit: str
    recommender: str
    position: int | None
    starts_at: datetime | None
    called_at: datetime | None
    over_at: datetime | None
    version: int
    ordinal: int
    result: str | None
    recorded_at: datetime | None
    leaving: tuple[str, ...]
    withdrawn: bool


def slots_of(row: Round) -> list[SlotRow]:
    """The turns in their order, by number while none is drawn. Three queries however many."""
    last = (
        sa.select(DefenseRecord.slot_id, sa.func.max(DefenseRecord.ordinal).label("ordinal"))
        .group_by(DefenseRecord.slot_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(
            DefenseSlot, Dossier, DefenseRecord.ordinal, DefenseRecord.result, DefenseRecord.recorded_at
        )
        .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
        .outerjoin(last, last.c.slot_id == DefenseSlot.id)
        .outerjoin(
            DefenseRecord,
            (DefenseRecord.slot_id == DefenseSlot.id) & (DefenseRecord.ordinal == last.c.ordinal),
        )
        .where(DefenseSlot.round_id == row.id)
        .order_by(sa.func.coalesce(DefenseSlot.position, 0), Dossier.number)
    ).all()
    leaving = defense_turns.leaving(db.session(), row)
    return [
        SlotRow(
            slot.public_id,
            dossier.public_id,
            dossier.number,
            dossier.unit_name,
            dossier.recommender,
            slot.position,
            slot.starts_at,
            slot.called_at,
            slot.over_at,
            slot.version,
            ordinal or 0,
            result,
            recorded_at,
            tuple(name for _expert, name in leaving.get(dossier.id, ())),
            dossier.state != "eligible",
        )
        for slot, dossier, ordinal, result, recorded_at in rows
    ]
