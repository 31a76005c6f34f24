"""The only door to points: nothing is read from submitted sheets before their round is unsealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from review_portal.models.reexaminations import revision_at
from review_portal.models.reviews import ReconciliationCase, Review, ReviewRevision, RevisionPoint
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


@dataclass(frozen=True, slots=True)
class Said:
    """What an expert wrote about a dossier as a whole; `comments` counts the items with a reason."""

    code: str
    opinion: str
    conclusion: str
    comments: int


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
    rows, numbers = _rows_with(session, round_, again, before, as_of)
    return _ratings(rows, rules, round_, numbers)


def ratings_around(
    session: Session,
    round_: Round,
    rules: Rules,
    as_of: datetime | None = None,
    again: Sequence[Round] = (),
) -> tuple[Ratings, Ratings]:
    """The sheets as they count and as they were unsealed: the same object where no sheet was revised.

    The points are read once, and again only of sheets that reconciliation has changed.
    """
    rows, numbers = _rows_with(session, round_, again, False, as_of)
    now = _ratings(rows, rules, round_, numbers)
    old, _numbers = _rows_with(session, round_, again, True, as_of, changed=True)
    if not old:
        return now, now
    revised = {(number, code) for number, code, _item, _points in old}
    kept = [row for row in rows if (row[0], row[1]) not in revised]
    return now, _ratings([*kept, *old], rules, round_, numbers)


def earlier_name(number: str, time: int) -> str:
    """A dossier in the sheets that the so manieth new round replaced."""
    return f"{number}（原评{time}）"


def _rows_with(
    session: Session,
    round_: Round,
    again: Sequence[Round],
    before: bool,
    as_of: datetime | None,
    *,
    changed: bool = False,
) -> tuple[list[Any], list[str]]:
    """The rows of a round and of those `again`, and the dossiers that they are about."""
    rows, numbers = _rows(session, round_, before, as_of, changed), _assigned_numbers(session, round_, as_of)
    for time, later in enumerate(again, start=1):
        own = _assigned_numbers(session, later, as_of)
        old = {number: earlier_name(number, time) for number in own}
        rows = [(old.get(row[0], row[0]), *row[1:]) for row in rows]
        rows += _rows(session, later, before, as_of, changed)
        numbers = sorted([*(old.get(number, number) for number in numbers), *own])
    return rows, numbers


def _rows(session: Session, round_: Round, before: bool, as_of: datetime | None, changed: bool) -> list[Any]:
    """Dossier number, expert code, item and hundredths; past the mapper, because there may be very many.

    `changed`: only of sheets that reconciliation has changed.
    """
    refuse_sealed(round_)
    revision = _counted_revision(before, as_of)
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
        .where(Review.round_id == round_.id, sheet_counts(as_of), in_the_running(as_of))
    )
    if changed:
        query = query.where(revision != revision_at(as_of))
    session.flush()
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


def totals_of(session: Session, round_: Round, rules: Rules) -> Ratings:
    """The totals of the sheets that count, as `Ratings` of one item: one short row a sheet.

    For what needs no items; a sheet that lacks one is left out as in `ratings_of`. Raises `Conflict` while
    the round is sealed.
    """
    from review_portal.aggregator import Ratings

    refuse_sealed(round_)
    rows = session.execute(
        sa.select(
            Dossier.number, PanelMember.code, sa.func.sum(sa.type_coerce(RevisionPoint.points, sa.Integer))
        )
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(RevisionPoint, RevisionPoint.revision_id == Review.revision_id)
        .where(Review.round_id == round_.id, sheet_counts(None), in_the_running(None))
        .group_by(Review.id, Dossier.number, PanelMember.code)
        .having(sa.func.count() == len(rules.rubric_of(round_.stage).items))
    ).all()
    dossiers, experts, totals = zip(*rows, strict=True) if rows else ((), (), ())
    whole = {"total": "total"}
    items = ["total"] * len(rows)
    return Ratings.from_columns(dossiers, experts, items, [int(n) for n in totals], criterion_of=whole)


@dataclass(frozen=True, slots=True)
class CountedSheet:
    """A sheet that counts: whose (a panel member's id), what it adds up to, the receipt it stands by."""

    member: int
    dossier: str
    number: str
    unit: str
    receipt: str
    total: Decimal
    revised: bool


def counted_sheets(
    session: Session, round_: Round, *, member: int | None = None, as_of: datetime | None = None
) -> list[CountedSheet]:
    """Each member's sheets that count, by number; of one member alone when told. One query.

    Raises `Conflict` while the round is sealed.
    """
    refuse_sealed(round_)
    asked = sa.select(ReconciliationCase.id).where(
        ReconciliationCase.review_id == Review.id, ReconciliationCase.after_revision_id.is_not(None)
    )
    query = (
        sa.select(
            PanelMember.id,
            Dossier.public_id,
            Dossier.number,
            Dossier.unit_name,
            ReviewRevision.commitment,
            sa.func.sum(RevisionPoint.points),
            asked.exists(),
        )
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(ReviewRevision, ReviewRevision.id == revision_at(as_of))
        .join(RevisionPoint, RevisionPoint.revision_id == ReviewRevision.id)
        .where(Review.round_id == round_.id, sheet_counts(as_of), in_the_running(as_of))
        .group_by(Review.id, PanelMember.id, Dossier.id, ReviewRevision.id)
        .order_by(PanelMember.id, Dossier.number)
    )
    if member is not None:
        query = query.where(PanelMember.id == member)
    return [
        CountedSheet(who, dossier, number, unit, receipt, Decimal(total), bool(revised))
        for who, dossier, number, unit, receipt, total, revised in session.execute(query)
    ]


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


def opinions_of(viewer: Viewer, *, round_: str, dossiers: Collection[str]) -> dict[str, list[Said]]:
    """Dossier (public id) -> each expert's opinion by code, for the dossiers of one page. One query.

    Raises `NotFound`, `NotAllowed` before unsealing.
    """
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    reasons = (
        sa.select(sa.func.count())
        .where(RevisionPoint.revision_id == Review.revision_id, RevisionPoint.comment != "")
        .correlate(Review)
        .scalar_subquery()
    )
    found: dict[str, list[Said]] = {}
    for dossier, code, opinion, conclusion, comments in db.session.execute(
        sa.select(
            Dossier.public_id, PanelMember.code, ReviewRevision.opinion, ReviewRevision.conclusion, reasons
        )
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(ReviewRevision, ReviewRevision.id == revision_at(None))
        .where(Review.round_id == row.id, sheet_counts(None), Dossier.public_id.in_(list(dossiers)))
        .order_by(Dossier.number, PanelMember.code)
    ):
        found.setdefault(dossier, []).append(Said(code or "", opinion, conclusion or "", comments))
    return found
