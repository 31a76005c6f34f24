"""The only door to points: nothing is read from submitted sheets before their round is unsealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier, DossierAct
from review_portal.models.experts import PanelMember
from review_portal.models.recusals import sheet_counts
from review_portal.models.reexaminations import revision_at
from review_portal.models.reviews import ReconciliationCase, Review, RevisionPoint
from review_portal.services import scopes
from scoring_rubrics import Call as Rules

if TYPE_CHECKING:
    from review_portal.aggregator import Ratings

UNSEALED = ("reconciling", "finished")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One item of an unsealed sheet."""

    code: str
    item: str
    points: Decimal
    comment: str


def refuse_sealed(round_: Round) -> None:
    """Raise `Conflict` unless two people have unsealed the round."""
    if round_.state not in UNSEALED:
        raise Conflict(mark("评分已封存，启封前任何人不能查看。"))


def _counted_revision(before: bool, as_of: datetime | None) -> sa.ColumnElement[int | None]:
    """The revision that counts at `as_of`, or the one before reconciliation changed it."""
    counted = revision_at(as_of)
    if not before:
        return counted
    first = (
        sa.select(sa.func.min(ReconciliationCase.before_revision_id))
        .where(ReconciliationCase.review_id == Review.id, ReconciliationCase.after_revision_id.is_not(None))
        .correlate(Review)
        .scalar_subquery()
    )
    return sa.func.coalesce(first, counted)


def in_the_running(
    as_of: datetime | sa.SQLColumnExpression[datetime | None] | None,
) -> sa.ColumnElement[bool]:
    """Dossiers that count: the eligible ones; as of an earlier moment also those that withdrew later.

    `as_of` may be a column of the statement around it; where that is NULL only the eligible ones count.
    """
    eligible = Dossier.state == "eligible"
    if as_of is None:
        return eligible
    later = sa.select(DossierAct.dossier_id).where(
        DossierAct.action == "withdraw", DossierAct.acted_at > as_of
    )
    return eligible | ((Dossier.state == "withdrawn") & Dossier.id.in_(later))


def ratings_of(
    session: Session,
    round_: Round,
    rules: Rules,
    *,
    before: bool = False,
    as_of: datetime | None = None,
    again: Sequence[Round] = (),
) -> Ratings:
    """The round's sheets as `Ratings`: dossier numbers, expert codes, items; one query of columns a round.

    Sheets of withdrawn or rejected dossiers, and those that a conflict keeps apart, stay stored and count
    for nothing, unless that came after `as_of`. `before` gives the points as they were unsealed. What the
    rounds `again` have scored anew stands for its dossiers; their earlier sheets go by `earlier_name`, so
    that what they say of the experts' ways stays. Raises `Conflict` while a round is sealed.
    """
    from review_portal.aggregator import Ratings

    rows, numbers = _rows(session, round_, before, as_of), _assigned_numbers(session, round_, as_of)
    for time, later in enumerate(again, start=1):
        own = _assigned_numbers(session, later, as_of)
        old = {number: earlier_name(number, time) for number in own}
        rows = [(old.get(row[0], row[0]), *row[1:]) for row in rows] + _rows(session, later, before, as_of)
        numbers = sorted([*(old.get(number, number) for number in numbers), *own])
    dossiers, experts, items, points = zip(*rows, strict=True) if rows else ((), (), (), ())
    rubric = rules.rubric_of(round_.stage)
    return Ratings.from_columns(
        dossiers,
        experts,
        items,
        points,
        criterion_of={item.key: rubric.criterion_of(item.key).key for item in rubric.items},
        dossiers=numbers,
    )


def earlier_name(number: str, time: int) -> str:
    """A dossier in the sheets that the so manieth new round replaced."""
    return f"{number}（原评{time}）"


def _rows(
    session: Session, round_: Round, before: bool, as_of: datetime | None
) -> list[tuple[str, str, str, int]]:
    refuse_sealed(round_)
    rows = session.execute(
        sa.select(
            Dossier.number,
            PanelMember.code,
            RevisionPoint.item,
            sa.type_coerce(RevisionPoint.points, sa.Integer),
        )
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(RevisionPoint, RevisionPoint.revision_id == _counted_revision(before, as_of))
        .where(Review.round_id == round_.id, sheet_counts(as_of), in_the_running(as_of))
    )
    return [(number, code or "", item, points) for number, code, item, points in rows]


def _assigned_numbers(session: Session, round_: Round, as_of: datetime | None) -> list[str]:
    return list(
        session.scalars(
            sa.select(Dossier.number)
            .join(Review, Review.dossier_id == Dossier.id)
            .where(Review.round_id == round_.id, (Review.state != "void") | sheet_counts(as_of))
            .where(in_the_running(as_of))
            .distinct()
            .order_by(Dossier.number)
        )
    )


def sheets_of(viewer: Viewer, *, round_: str, dossier: str) -> list[SheetLine]:
    """Every unsealed item of one dossier by code: what a total is made of. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    lines = db.session.execute(
        sa.select(PanelMember.code, RevisionPoint.item, RevisionPoint.points, RevisionPoint.comment)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(RevisionPoint, RevisionPoint.revision_id == Review.revision_id)
        .where(Review.round_id == row.id, Review.state == "submitted", Dossier.public_id == dossier)
        .order_by(PanelMember.code, RevisionPoint.item)
    ).all()
    if not lines:
        raise NotFound()
    return [SheetLine(line.code, line.item, line.points, line.comment) for line in lines]
