"""To which round an entry of the trail belongs, by what it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Round
from review_portal.models.cases import VoidRequest
from review_portal.models.defenses import DefenseSlot
from review_portal.models.draws import ExpertDraw
from review_portal.models.experts import PanelMember
from review_portal.models.rankings import Ranking
from review_portal.models.recusals import FoundConflict
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.models.tie_votes import TieVote

# Object of an entry -> its public id and its round. What has no name here belongs to the call.
_ROUNDS: Final[Mapping[str, tuple[Any, Any]]] = {
    "round": (Round.public_id, Round.id),
    "panel_member": (PanelMember.public_id, PanelMember.round_id),
    "review": (Review.public_id, Review.round_id),
    "case": (ReconciliationCase.public_id, ReconciliationCase.round_id),
    "conflict": (FoundConflict.public_id, Review.round_id),
    "void_request": (VoidRequest.public_id, Review.round_id),
    "defense_slot": (DefenseSlot.public_id, DefenseSlot.round_id),
    "expert_draw": (ExpertDraw.public_id, ExpertDraw.round_id),
    "tie_vote": (TieVote.public_id, TieVote.round_id),
}
# By their sheet
_SHEETS: Final = {"conflict": FoundConflict.review_id, "void_request": VoidRequest.review_id}
_SHORTLIST: Final = {"ranking": (Ranking.public_id, Ranking.round_id)}


def _query(kind: str, names: tuple[Any, Any], ids: Collection[str]) -> sa.Select[Any]:
    name, round_id = names
    query = sa.select(name, round_id).where(name.in_(sorted(ids)), round_id.is_not(None))
    owner = _SHEETS.get(kind)
    return query if owner is None else query.join(Review, Review.id == owner)


def round_of(session: Session, kind: str, public_id: str) -> int | None:
    """The one round that a thing belongs to and that nothing outside builds on; None for the call's things.

    A shortlist is one of these: the next round comes of it.
    """
    if kind not in _ROUNDS:
        return None
    row = session.execute(_query(kind, _ROUNDS[kind], [public_id])).first()
    return row[1] if row else None


def rounds_of(session: Session, things: Collection[tuple[str, str]]) -> dict[str, int]:
    """Public id -> round for (kind, public id), shortlists included. One query a kind that occurs."""
    known = {**_ROUNDS, **_SHORTLIST}
    wanted: dict[str, set[str]] = {}
    for kind, public_id in things:
        if kind in known:
            wanted.setdefault(kind, set()).add(public_id)
    found: dict[str, int] = {}
    for kind, ids in sorted(wanted.items()):
        found.update(session.execute(_query(kind, known[kind], ids)).all())  # type: ignore[arg-type]
    return found
