"""A round's assignments as one grid: panel × dossiers, every cell explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.reviews import Review
from review_portal.services import draw_names, recusals, scopes
from review_portal.services.recusals import Grounds, Pair
from review_portal.services.rules import rules_of

if TYPE_CHECKING:
    from review_portal.assignment.links import Links


@dataclass(frozen=True, slots=True)
class GridCell:
    """kind: assigned (with the review's state), void, recused, conflict (binds), undecided (waits), open."""

    kind: str
    state: str
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class GridExpert:
    """A row of the grid; without the code, which nobody may pair with a name before the round is over."""

    public_id: str
    name: str
    employer: str


@dataclass(frozen=True, slots=True)
class GridDossier:
    """A column of the grid."""

    public_id: str
    number: str
    unit: str


@dataclass(frozen=True, slots=True)
class AssignmentGrid:
    """The whole round; `cells` is keyed by public ids of expert and dossier, `links` is None while bare."""

    experts: tuple[GridExpert, ...]
    dossiers: tuple[GridDossier, ...]
    cells: Mapping[tuple[str, str], GridCell]
    links: Links | None = None

    def count(self, kind: str) -> int:
        """How many cells are of this kind."""
        return sum(cell.kind == kind for cell in self.cells.values())


def list_assignments(viewer: Viewer, *, round_: str) -> AssignmentGrid:
    """Panel × dossiers with every cell explained; queries do not grow with rows. Raises `NotFound`;
    `NotAllowed` while the viewer may not know the drawn experts.
    """
    row = scopes.known_round(viewer, round_)
    policy.can_see_call(viewer, row.call_id).require()
    session = db.session()
    draw_names.refuse_hidden(session, viewer, row)
    panel = session.execute(
        sa.select(Expert.id, Expert.public_id, Expert.name, Expert.employer)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .where(PanelMember.round_id == row.id)
        .order_by(Expert.name_key, Expert.id)
    ).all()
    dossiers = session.execute(
        recusals.dossiers_of(session, row)
        .with_only_columns(Dossier.id, Dossier.public_id, Dossier.number, Dossier.unit_name)
        .order_by(Dossier.number)
    ).all()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    said = recusals.grounds(session, [p.id for p in panel], [d.id for d in dossiers], rules_of(call).recusal)
    standing = recusals.recorded(session, row.call_id)
    held: dict[Pair, str] = {
        (expert, dossier): state
        for expert, dossier, state in session.execute(
            sa.select(Review.expert_id, Review.dossier_id, Review.state).where(Review.round_id == row.id)
        )
    }
    cells = {}
    for expert in panel:
        for dossier in dossiers:
            pair = (expert.id, dossier.id)
            cells[expert.public_id, dossier.public_id] = _cell(
                said.get(pair), standing.get(pair), held.get(pair)
            )
    people = tuple(GridExpert(p.public_id, p.name, p.employer) for p in panel)
    papers = tuple(GridDossier(d.public_id, d.number, d.unit_name) for d in dossiers)
    return AssignmentGrid(people, papers, cells, _links(people, papers, cells))


def _links(
    people: Sequence[GridExpert],
    papers: Sequence[GridDossier],
    cells: Mapping[tuple[str, str], GridCell],
) -> Links | None:
    """How what is assigned hangs together."""
    from review_portal.assignment.links import links

    places = [
        (e, d)
        for e, expert in enumerate(people)
        for d, paper in enumerate(papers)
        if cells[expert.public_id, paper.public_id].kind == "assigned"
    ]
    return links(places, [expert.name for expert in people], [paper.number for paper in papers])


def _cell(grounds: Grounds | None, standing: Recusal | None, state: str | None) -> GridCell:
    if standing is not None:
        return GridCell("recused", state or "", (Message(standing.reason),))
    reasons = tuple(item.reason for item in grounds.conflicts) if grounds else ()
    if state is not None:
        return GridCell("void" if state == "void" else "assigned", state, reasons)
    if grounds is not None and grounds.binds:
        return GridCell("conflict", "", reasons)
    return GridCell("undecided" if reasons else "open", "", reasons)
