"""What a viewer may know of: filter before sorting and counting. Missing and foreign are one answer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review


def visible_calls(viewer: Viewer) -> sa.Select[Any]:
    """Calls of the viewer's offices, and those on whose panels the viewer sits."""
    office = viewer.calls_of("secretariat", "supervisor")
    query = sa.select(Call)
    if None in office:
        return query
    known: sa.ColumnElement[bool] = Call.id.in_(sorted(call for call in office if call is not None))
    if viewer.expert_id is not None:
        seats = (
            sa.select(Round.call_id)
            .join(PanelMember, PanelMember.round_id == Round.id)
            .where(PanelMember.expert_id == viewer.expert_id, Round.state != "draft")
        )
        known = known | Call.id.in_(seats)
    return query.where(known)


def office_calls(viewer: Viewer) -> sa.Select[Any]:
    """Calls that the viewer's office runs or watches, and none that the viewer only scores. Oldest first."""
    office = viewer.calls_of("secretariat", "supervisor")
    query = sa.select(Call).order_by(Call.id)
    if None in office:
        return query
    return query.where(Call.id.in_(sorted(call for call in office if call is not None)))


def visible_dossiers(viewer: Viewer) -> sa.Select[Any]:
    """Dossiers of the calls that the viewer's office runs or watches. Experts come by their reviews."""
    office = viewer.calls_of("secretariat", "supervisor")
    query = sa.select(Dossier)
    if None in office:
        return query
    return query.where(Dossier.call_id.in_(sorted(call for call in office if call is not None)))


def visible_reviews(viewer: Viewer) -> sa.Select[Any]:
    """An expert's own reviews in rounds that have opened; recused ones do not exist for the expert."""
    return (
        sa.select(Review)
        .join(Round, Round.id == Review.round_id)
        .where(Review.expert_id == viewer.expert_id, Round.state != "draft", Review.state != "recused")
    )


def office_call(
    viewer: Viewer, public_id: str, *, session: Session | None = None, lock: bool = False
) -> Call:
    """The call, for its secretariat or supervisor. Raises `NotFound`."""
    query = sa.select(Call).where(Call.public_id == public_id)
    call: Call | None = (session or db.session()).scalars(query.with_for_update() if lock else query).first()
    if call is None or not policy.can_see_call(viewer, call.id):
        raise NotFound()
    return call


def known_round(
    viewer: Viewer, public_id: str, *, session: Session | None = None, lock: bool = False
) -> Round:
    """The round, for the call's offices and its chair. Raises `NotFound`."""
    query = sa.select(Round).where(Round.public_id == public_id)
    found: Round | None = (
        (session or db.session()).scalars(query.with_for_update() if lock else query).first()
    )
    if found is None or not (policy.can_see_call(viewer, found.call_id) or policy.can_chair(viewer, found)):
        raise NotFound()
    return found


def office_dossier(
    viewer: Viewer, public_id: str, *, session: Session | None = None, lock: bool = False
) -> Dossier:
    """The dossier, for the offices of its call. Raises `NotFound`."""
    query = visible_dossiers(viewer).where(Dossier.public_id == public_id)
    found: Dossier | None = (
        (session or db.session()).scalars(query.with_for_update() if lock else query).first()
    )
    if found is None:
        raise NotFound()
    return found
