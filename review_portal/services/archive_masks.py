"""Whose names an archive for inspection must not show, and by what code each is known instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.exports.archive_masking import HIDDEN, PERSONAL, Masker
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.draws import DrawNumber
from review_portal.models.experts import Declaration, Expert, PanelMember, Recusal
from review_portal.services import archive_tables

# texts in personal columns that name nobody by themselves: kinds, keys of search, sentences
_NO_PERSON: Final = ("identity", "name_key", "present", "others")


def experts_of(session: Session, call: Call) -> list[tuple[Expert, str]]:
    """Every expert whom the call has named, with the code by which papers know that expert."""
    rounds = sa.select(Round.id).where(Round.call_id == call.id)
    named = sa.union(
        sa.select(PanelMember.expert_id).where(PanelMember.round_id.in_(rounds)),
        sa.select(DrawNumber.expert_id).where(DrawNumber.call_id == call.id),
        sa.select(Recusal.expert_id).where(Recusal.call_id == call.id),
        sa.select(Declaration.expert_id).where(Declaration.call_id == call.id),
    )
    codes: dict[int, str] = {}
    for expert, code in session.execute(
        sa.select(PanelMember.expert_id, PanelMember.code)
        .where(PanelMember.round_id.in_(rounds), PanelMember.code.is_not(None))
        .order_by(PanelMember.id)
    ):
        codes.setdefault(expert, code or "")
    rows = session.scalars(
        sa.select(Expert).where(Expert.id.in_(sa.select(named.subquery().c[0]))).order_by(Expert.id)
    )
    return [(row, codes.get(row.id) or f"专家{row.public_id[:6]}") for row in rows]


def _persons(session: Session, call: Call) -> Iterator[str]:
    """Who stands in the call's rows as a person: contacts, representatives, attendees, callers, witnesses."""
    for table in archive_tables.tables():
        wanted = [
            column.name
            for column in archive_tables.columns(table)
            if PERSONAL.search(column.name)
            and isinstance(column.type, sa.String)
            and column.name not in _NO_PERSON
        ]
        for row in archive_tables.rows(session, table, call) if wanted else ():
            yield from (row[name] for name in wanted if row[name])
    records = sa.select(DefenseRecord.attendees).where(
        DefenseRecord.slot_id == DefenseSlot.id,
        DefenseSlot.round_id == Round.id,
        Round.call_id == call.id,
    )
    for attendees in session.scalars(records):
        yield from (str(name) for name, *_more in attendees)


def masker(session: Session, call: Call) -> Masker:
    """Hides experts behind their codes, and persons of the units and of the districts altogether."""
    names = dict.fromkeys(_persons(session, call), HIDDEN)
    for expert, code in experts_of(session, call):
        names[expert.name] = f"〔{code}〕"
        for value in (expert.phone, expert.email, expert.employer):
            if value:
                names[value] = HIDDEN
    return Masker(names)
