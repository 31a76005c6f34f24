"""The only door to points: nothing is read from submitted sheets before their round is unsealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import ReconciliationCase, Review, RevisionPoint
from scoring_rubrics import Call as Rules

if TYPE_CHECKING:
    from review_portal.aggregator import Ratings

UNSEALED = ("reconciling", "finished")


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


def ratings_of(session: Session, round_: Round, rules: Rules, *, before: bool = False) -> Ratings:
    """The round's sheets as `Ratings`: dossier numbers, expert codes, items; one query of columns.

    Sheets of withdrawn or rejected dossiers stay stored and count for nothing. `before` gives the points
    as they were unsealed. Raises `Conflict` while the round is sealed.
    """
    from review_portal.aggregator import Ratings

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
        .join(RevisionPoint, RevisionPoint.revision_id == _counted_revision(before))
        .where(Review.round_id == round_.id, Review.state == "submitted", Dossier.state == "eligible")
    ).all()
    dossiers, experts, items, points = zip(*rows, strict=True) if rows else ((), (), (), ())
    rubric = rules.rubric_of(round_.stage)
    return Ratings.from_columns(
        dossiers,
        experts,
        items,
        points,
        criterion_of={item.key: rubric.criterion_of(item.key).key for item in rubric.items},
        dossiers=_assigned_numbers(session, round_),
    )


def _assigned_numbers(session: Session, round_: Round) -> list[str]:
    return list(
        session.scalars(
            sa.select(Dossier.number)
            .join(Review, Review.dossier_id == Dossier.id)
            .where(Review.round_id == round_.id, Review.state != "void", Dossier.state == "eligible")
            .distinct()
            .order_by(Dossier.number)
        )
    )
