"""Which objections are open and which dossiers held (暂缓): what the list waits for. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import objection_rules
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.dossiers import Dossier
from review_portal.models.objections import DossierHold, DossierRelease, Objection, ObjectionAct

CONCLUDE = "conclude_objection"  # the two-person act of an outcome


@dataclass(frozen=True, slots=True)
class OpenObjections:
    """What a list that becomes final would pass over."""

    count: int
    numbers: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.count > 0


@dataclass(frozen=True, slots=True)
class HeldDossier:
    """A dossier under 暂缓; `hold` is the hold's public id."""

    dossier: str
    number: str
    unit: str
    hold: str


def acts_of(session: Session, objections: Sequence[int]) -> dict[int, list[ObjectionAct]]:
    """Objection id -> its acts, oldest first. One query."""
    found: dict[int, list[ObjectionAct]] = {key: [] for key in objections}
    rows = session.scalars(
        sa.select(ObjectionAct).where(ObjectionAct.objection_id.in_(objections)).order_by(ObjectionAct.id)
    )
    for row in rows:
        found[row.objection_id].append(row)
    return found


def open_objections(session: Session, call_id: int) -> OpenObjections:
    """Every objection of the call that is not closed, those with the supervisor included. Two queries."""
    rows = session.scalars(sa.select(Objection).where(Objection.call_id == call_id)).all()
    acts = acts_of(session, [row.id for row in rows])
    numbers = sorted(
        objection_rules.number_text(row.ordinal)
        for row in rows
        if objection_rules.state_of(row.identity, acts[row.id]) != "closed"
    )
    return OpenObjections(len(numbers), tuple(numbers))


def held_dossiers(session: Session, call_id: int) -> Mapping[str, HeldDossier]:
    """Public id of a dossier -> its standing hold, in the order of numbers. One query."""
    released = sa.select(DossierRelease.id).where(DossierRelease.hold_id == DossierHold.id)
    rows = session.execute(
        sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name, DossierHold.public_id)
        .join(DossierHold, DossierHold.dossier_id == Dossier.id)
        .where(DossierHold.call_id == call_id, ~released.exists())
        .order_by(Dossier.number)
    )
    return {row[0]: HeldDossier(*row) for row in rows}


def refuse_held(session: Session, call_id: int, dossiers: Sequence[str]) -> None:
    """Raise `Conflict` where one of `dossiers` (public ids) may not be announced now."""
    held = held_dossiers(session, call_id)
    numbers = [held[dossier].number for dossier in held if dossier in set(dossiers)]
    if numbers:
        raise Conflict(
            mark("%(numbers)s正在暂缓，解除暂缓前不能列入公示或最终名单。", numbers="、".join(numbers))
        )
