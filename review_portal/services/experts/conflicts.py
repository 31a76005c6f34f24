"""Experts × dossiers before anyone is invited: who stands too near to which, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.domain.recusal import same_employer
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, Recusal
from review_portal.services import draw_names, recusals, scopes
from review_portal.services.rules import rules_of

GONE = ("rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class ConflictCell:
    """One pair: its strongest level (`recorded` for what already stands), and why, in sentences."""

    dossier: str
    number: str
    unit: str
    level: str
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """An expert and the dossiers about which there is something to say, by number."""

    public_id: str
    name: str
    employer: str
    cells: tuple[ConflictCell, ...]


@dataclass(frozen=True, slots=True)
class ConflictMatrix:
    """`dossiers` and `experts` that were compared; `warnings` are experts of one employer."""

    rows: tuple[ConflictRow, ...]
    experts: int
    dossiers: int
    look_back_years: int
    reference_date: date
    warnings: tuple[Message, ...]


def conflicts_of(viewer: Viewer, *, call: str) -> ConflictMatrix:
    """Experts × dossiers with every reason, also those that were looked at and do not bind.

    Lead and all members, their legal representatives and the recommending unit are compared; nothing is
    recorded by looking. Queries do not grow with rows. Raises `NotFound`.
    """
    row = scopes.office_call(viewer, call)
    rules = rules_of(row).recusal
    session = db.session()
    experts = session.execute(
        sa.select(Expert.id, Expert.public_id, Expert.name, Expert.employer)
        .where(Expert.status != "removed")
        .order_by(Expert.name_key, Expert.id)
    ).all()
    dossiers = session.execute(
        sa.select(Dossier.id, Dossier.public_id, Dossier.number, Dossier.unit_name)
        .where(Dossier.call_id == row.id, Dossier.state.not_in(GONE))
        .order_by(Dossier.number)
    ).all()
    said = recusals.grounds(session, [e.id for e in experts], [d.id for d in dossiers], rules)
    standing = draw_names.recusals_told(session, viewer, row.id, said)
    rows = []
    for expert in experts:
        cells = tuple(
            _cell(
                dossier.public_id,
                dossier.number,
                dossier.unit_name,
                said.get((expert.id, dossier.id)),
                standing.get((expert.id, dossier.id)),
            )
            for dossier in dossiers
            if (expert.id, dossier.id) in said or (expert.id, dossier.id) in standing
        )
        if cells:
            rows.append(ConflictRow(expert.public_id, expert.name, expert.employer, cells))
    facts = recusals.expert_facts(session, [e.id for e in experts])
    pairs = same_employer([facts[e.id] for e in experts])
    return ConflictMatrix(
        tuple(rows),
        len(experts),
        len(dossiers),
        rules.years("employment"),
        rules.reference_date,
        tuple(pair.reason for pair in pairs),
    )


def _cell(
    public_id: str, number: str, unit: str, said: recusals.Grounds | None, standing: Recusal | None
) -> ConflictCell:
    reasons = tuple(ground.reason for ground in said.conflicts) if said else ()
    if standing is not None:
        return ConflictCell(public_id, number, unit, "recorded", (Message(standing.reason),))
    if said is None or said.conflicts:
        return ConflictCell(public_id, number, unit, said.level if said else "", reasons)
    return ConflictCell(public_id, number, unit, "considered", tuple(item.reason for item in said.considered))
