"""The only door to points: nothing is read from submitted sheets before their round is unsealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

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


def _counted_revision(before: bool) -> sa.ColumnElement[int | None]:
    """The revision that counts: the current one, or the one before reconciliation touched it."""
    if not before:
        return sa.type_coerce(Review.revision_id, sa.Integer)
    first = (
        sa.select(sa.func.min(ReconciliationCase.before_revision_id))
        .where(ReconciliationCase.review_id == Review.id)
        .correlate(Review)
        .scalar_subquery()
    )
    return sa.func.coalesce(first, Review.revision_id)


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
) -> Ratings:
    """The round's sheets as `Ratings`: dossier numbers, expert codes, items; one query of columns.

    Sheets of withdrawn or rejected dossiers, and those that a conflict keeps apart, stay stored and count
    for nothing, unless that came after `as_of`. `before` gives the points as they were unsealed. Raises
    `Conflict` while the round is sealed.
    """
    refuse_sealed(round_)
    rows = _rows(session, round_, as_of, _counted_revision(before))
    return _ratings(rows, rules, round_, _assigned_numbers(session, round_, as_of))


def ratings_around(
    session: Session, round_: Round, rules: Rules, as_of: datetime | None = None
) -> tuple[Ratings, Ratings]:
    """The sheets as they count and as they were unsealed: the same object where no sheet was revised.

    The points are read once, and again only of sheets that reconciliation has changed.
    """
    refuse_sealed(round_)
    rows = _rows(session, round_, as_of, _counted_revision(False))
    numbers = _assigned_numbers(session, round_, as_of)
    now = _ratings(rows, rules, round_, numbers)
    first = _counted_revision(True)
    old = _rows(session, round_, as_of, first, first != Review.revision_id)
    if not old:
        return now, now
    revised = {(number, code) for number, code, _item, _points in old}
    kept = [row for row in rows if (row[0], row[1]) not in revised]
    return now, _ratings([*kept, *old], rules, round_, numbers)


def _rows(
    session: Session,
    round_: Round,
    as_of: datetime | None,
    revision: sa.ColumnElement[Any],
    *more: sa.ColumnElement[bool],
) -> list[Any]:
    """Dossier number, expert code, item and hundredths; past the mapper, because there may be very many."""
    query = (
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
        .join(RevisionPoint, RevisionPoint.revision_id == revision)
        .where(Review.round_id == round_.id, sheet_counts(as_of), in_the_running(as_of), *more)
    )
    return list(session.connection().execute(query))


def _ratings(rows: Sequence[Any], rules: Rules, round_: Round, numbers: Sequence[str]) -> Ratings:
    from review_portal.aggregator import Ratings

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
