"""Dossiers that a decision put off (暂缓), and what was decided on each of them later. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Call, Decision
from review_portal.models.dossiers import Dossier
from review_portal.models.objections import LaterDecision
from review_portal.services import ranking_versions


@dataclass(frozen=True, slots=True)
class PutOff:
    """A dossier that the decision in force put off; `answer` is empty until it is decided by itself.

    `reason` is why it was put off; `later` (public id), `held_on`, `minutes_number` of the later decision.
    """

    dossier: str
    number: str
    unit: str
    reason: str
    answer: str = ""
    later: str = ""
    held_on: date | None = None
    minutes_number: str = ""


def decision_in_force(session: Session, call: Call) -> Decision | None:
    """The newest decision that did not put the whole matter off and whose list still stands."""
    query = sa.select(Decision).where(Decision.call_id == call.id, Decision.outcome != "deferred")
    found: Decision | None = session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()
    if found is None or not ranking_versions.still_rests(session, found.ranking_id, found.selected):
        return None
    return found


def put_off(session: Session, call: Call) -> tuple[PutOff, ...]:
    """Every dossier put off by the decision in force, in the ranking's order."""
    decision = decision_in_force(session, call)
    if decision is None:
        return ()
    reasons = {dossier: reason for dossier, answer, reason in decision.choices if answer == "hold"}
    rows = session.execute(
        sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name, LaterDecision)
        .outerjoin(
            LaterDecision,
            sa.and_(LaterDecision.dossier_id == Dossier.id, LaterDecision.decision_id == decision.id),
        )
        .where(Dossier.call_id == call.id, Dossier.public_id.in_(reasons))
    )
    found = {row[0]: row for row in rows}
    return tuple(_put_off(*found[dossier], reason) for dossier, reason in reasons.items())


def _put_off(dossier: str, number: str, unit: str, later: LaterDecision | None, reason: str) -> PutOff:
    if later is None:
        return PutOff(dossier, number, unit, reason)
    return PutOff(
        dossier,
        number,
        unit,
        reason,
        later.answer,
        later.public_id,
        later.held_on,
        later.minutes_number,
    )


def undecided(session: Session, call: Call) -> tuple[PutOff, ...]:
    """Those that still wait for a decision of their own."""
    return tuple(one for one in put_off(session, call) if not one.answer)


def to_enter(session: Session, call: Call, known: Collection[str]) -> tuple[PutOff, ...]:
    """Those approved later that stand, and are not among `known`: on the list already, or off it again."""
    wanted = [one for one in put_off(session, call) if one.answer == "approve" and one.dossier not in known]
    if not wanted:
        return ()
    query = sa.select(Dossier.public_id).where(Dossier.call_id == call.id, Dossier.state == "eligible")
    standing = set(session.scalars(query))
    return tuple(one for one in wanted if one.dossier in standing)
