"""What the pages of 复议 are given: the ledger in its parts, the form of asking experts about a dossier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import (
    approvals,
    case_rows,
    discussion_views,
    overviews,
    scopes,
    void_views,
)
from review_portal.services.case_rows import COUNTERSIGN, CaseRow
from review_portal.services.discussion_views import Discussion
from review_portal.services.overviews import OverviewRow
from review_portal.services.rules import rules_of
from review_portal.services.void_views import VoidRow


def list_cases(viewer: Viewer, *, round_: str) -> list[CaseRow]:
    """The ledger of a round's cases. Three queries. Raises `NotFound`, `NotAllowed` before unsealing."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    return case_rows.rows(db.session(), ReconciliationCase.round_id == row.id, viewer, with_reasons=True)


def list_own_cases(viewer: Viewer) -> list[CaseRow]:
    """The cases that ask this expert about an own sheet; others' scores never stand in them.

    One outside of the triggers is not among them before the supervisor has agreed, nor on a sheet that was
    voided.
    """
    if viewer.expert_id is None:
        return []
    mine = (
        (Review.expert_id == viewer.expert_id)
        & (Review.state == "submitted")
        & ReconciliationCase.state.in_(case_rows.TOLD_EXPERT)
    )
    return case_rows.rows(db.session(), mine, viewer, with_reasons=False)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Flags that the panel decided not to ask about, each as (dossier, words), and its reason."""

    reason: str
    flags: tuple[tuple[str, str], ...]


def set_aside(viewer: Viewer, *, round_: str) -> SetAside | None:
    """What was set aside when reconciliation ended. Raises `NotFound`, `NotAllowed` before unsealing."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    kept = row.set_aside
    if not kept:
        return None
    return SetAside(
        kept["reason"],
        tuple((f"{flag['number']} {flag['unit']}".strip(), flag["why"]) for flag in kept["flags"]),
    )


@dataclass(frozen=True, slots=True)
class Ledger:
    """All of a round's reconciliation. `countersigns`: case -> request that waits; `overdue`: cases (public
    ids) without an answer after their time. `discussions` holds the newest version of each dossier.
    """

    cases: tuple[CaseRow, ...]
    countersigns: Mapping[str, str]
    overdue: frozenset[str]
    discussions: tuple[Discussion, ...]
    voids: tuple[VoidRow, ...]
    set_aside: SetAside | None

    @property
    def within(self) -> tuple[CaseRow, ...]:
        """Cases that a trigger called for."""
        return tuple(case for case in self.cases if not case.outside)

    @property
    def outside(self) -> tuple[CaseRow, ...]:
        """Cases that no trigger called for: they stand apart."""
        return tuple(case for case in self.cases if case.outside)


def ledger(viewer: Viewer, *, round_: str) -> Ledger:
    """The ledger for chair and offices. A fixed number of queries. Raises `NotFound`, `NotAllowed`."""
    cases = tuple(list_cases(viewer, round_=round_))
    waiting = [case.public_id for case in cases if case.state == "waiting"]
    at = now()
    newest = {item.dossier: item for item in discussion_views.list_discussions(viewer, round_=round_)}
    return Ledger(
        cases,
        approvals.open_on(db.session(), COUNTERSIGN, waiting) if waiting else {},
        frozenset(case.public_id for case in cases if case.state == "open" and case.due_at <= at),
        tuple(newest.values()),
        tuple(void_views.list_voids(viewer, round_=round_)),
        set_aside(viewer, round_=round_),
    )


@dataclass(frozen=True, slots=True)
class AskedExpert:
    """One sheet: total, kinds of triggers on it, whether a case on it waits. `own`: it is the chair's."""

    code: str
    total: Decimal
    kinds: tuple[str, ...]
    pending: bool
    own: bool


@dataclass(frozen=True, slots=True)
class CaseForm:
    """The dossier with its sheets by code, and until when an answer is awaited by the rules."""

    row: OverviewRow
    experts: tuple[AskedExpert, ...]
    due_at: datetime
    hours: int


def form_of(viewer: Viewer, *, round_: str, dossier: str, trigger: str) -> CaseForm:
    """The form of asking, for the chair. Raises `NotFound`, `NotAllowed` before unsealing."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_chair(viewer, row).require()
    policy.can_see_points(viewer, row).require()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    found = overviews.overview_of(session, row, call).rows
    line = next((item for item in found if item.dossier == dossier and item.totals), None)
    if line is None:
        raise NotFound()
    pending = {
        case.code for case in list_cases(viewer, round_=round_) if case.dossier == dossier and case.pending
    }
    own = own_code(viewer, round_=round_)
    hours = rules_of(call).reconciliation.answer_hours
    return CaseForm(
        line,
        tuple(
            AskedExpert(code, total, line.triggers_on(code, trigger), code in pending, code == own)
            for code, total in sorted(line.totals.items())
        ),
        now() + timedelta(hours=hours),
        hours,
    )


def own_code(viewer: Viewer, *, round_: str) -> str:
    """The viewer's own code in a round, to mark own sheets as own; empty for who does not sit there."""
    row = scopes.known_round(viewer, round_)
    if viewer.expert_id is None:
        return ""
    query = sa.select(PanelMember.code).where(
        PanelMember.round_id == row.id, PanelMember.expert_id == viewer.expert_id
    )
    return db.session.scalar(query) or ""
