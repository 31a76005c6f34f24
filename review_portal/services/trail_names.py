"""What the ids on the trail are called by people: numbers, names, logins. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import policy
from review_portal.domain.objection_rules import number_text
from review_portal.domain.policy import Viewer
from review_portal.domain.register import masked_login
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.cases import VoidRequest
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier, RecommendationList
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.objections import Objection
from review_portal.models.recusals import FoundConflict
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services.rules import rules_of


def names(session: Session, viewer: Viewer, call: Call, ids: Collection[str]) -> dict[str, str]:
    """Public id -> name, for this viewer. Thirteen queries at most, however many ids.

    A code stands beside a name only once the round has finished; a case tells its code to whoever sees
    points.
    """
    wanted = sorted(ids)
    found: dict[str, str] = {call.public_id: call.title}
    if not wanted:
        return found
    for part in (
        _rounds(session, call),
        _accounts(session, wanted),
        _dossiers(session, wanted),
        _experts(session, wanted),
        _members(session, wanted),
        _reviews(session, wanted),
        _recusals(session, wanted),
        _conflicts(session, wanted),
        _cases(session, viewer, wanted),
        _void_requests(session, wanted),
        _turns(session, wanted),
        _lists(session, wanted),
        _objections(session, wanted),
    ):
        found.update(part)
    return found


def _objections(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = sa.select(Objection.public_id, Objection.ordinal).where(Objection.public_id.in_(wanted))
    for public_id, ordinal in session.execute(query):
        yield public_id, number_text(ordinal)


def _rounds(session: Session, call: Call) -> Iterator[tuple[str, str]]:
    rules = rules_of(call)
    for row in session.scalars(sa.select(Round).where(Round.call_id == call.id)):
        yield row.public_id, rules.round_name(row.stage, row.panel)


def _accounts(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = sa.select(Account.public_id, Account.name, Account.login).where(Account.public_id.in_(wanted))
    for public_id, name, login in session.execute(query):
        yield public_id, f"{name}（{masked_login(login)}）"


def _unit(number: str, unit: str) -> str:
    return f"{number} {unit}"


def _dossiers(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name)
    for public_id, number, unit in session.execute(query.where(Dossier.public_id.in_(wanted))):
        yield public_id, _unit(number, unit)


def _experts(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = sa.select(Expert.public_id, Expert.name).where(Expert.public_id.in_(wanted))
    yield from ((row[0], row[1]) for row in session.execute(query))


def _members(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = (
        sa.select(PanelMember.public_id, Expert.name, PanelMember.code, Round.state)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .join(Round, Round.id == PanelMember.round_id)
        .where(PanelMember.public_id.in_(wanted))
    )
    for public_id, name, code, state in session.execute(query):
        yield public_id, f"{name}（{code}）" if state == "finished" and code else name


def _reviews(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = (
        sa.select(Review.public_id, Dossier.number, Dossier.unit_name, Expert.name)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .where(Review.public_id.in_(wanted))
    )
    for public_id, number, unit, expert in session.execute(query):
        yield public_id, f"{_unit(number, unit)}（{expert}）"


def _recusals(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = (
        sa.select(Recusal.public_id, Dossier.number, Dossier.unit_name, Expert.name)
        .join(Dossier, Dossier.id == Recusal.dossier_id)
        .join(Expert, Expert.id == Recusal.expert_id)
        .where(Recusal.public_id.in_(wanted))
    )
    for public_id, number, unit, expert in session.execute(query):
        yield public_id, f"{_unit(number, unit)}（{expert}）"


def _conflicts(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = (
        sa.select(FoundConflict.public_id, Dossier.number, Dossier.unit_name, Expert.name)
        .join(Review, Review.id == FoundConflict.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .where(FoundConflict.public_id.in_(wanted))
    )
    for public_id, number, unit, expert in session.execute(query):
        yield public_id, f"{_unit(number, unit)}（{expert}）"


def _cases(session: Session, viewer: Viewer, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = (
        sa.select(ReconciliationCase.public_id, Dossier.number, Dossier.unit_name, PanelMember.code, Round)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Round, Round.id == ReconciliationCase.round_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(ReconciliationCase.public_id.in_(wanted))
    )
    for public_id, number, unit, code, round_ in session.execute(query):
        shown = f"（{code}）" if policy.can_see_points(viewer, round_) else ""
        yield public_id, f"{_unit(number, unit)}{shown}"


def _void_requests(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = (
        sa.select(VoidRequest.public_id, Dossier.number, Dossier.unit_name)
        .join(Review, Review.id == VoidRequest.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(VoidRequest.public_id.in_(wanted))
    )
    for public_id, number, unit in session.execute(query):
        yield public_id, _unit(number, unit)


def _turns(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = sa.select(DefenseSlot.public_id, Dossier.number, Dossier.unit_name).join(
        Dossier, Dossier.id == DefenseSlot.dossier_id
    )
    for public_id, number, unit in session.execute(query.where(DefenseSlot.public_id.in_(wanted))):
        yield public_id, _unit(number, unit)


def _lists(session: Session, wanted: list[str]) -> Iterator[tuple[str, str]]:
    query = sa.select(RecommendationList.public_id, RecommendationList.recommender)
    rows = session.execute(query.where(RecommendationList.public_id.in_(wanted)))
    yield from ((row[0], row[1]) for row in rows)
