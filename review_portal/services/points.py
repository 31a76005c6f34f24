"""The only door to points: nothing is read from submitted sheets before their round is unsealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierAct
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.reviews import ReconciliationCase, Review, RevisionPoint
from review_portal.services import flags, scopes
from review_portal.services.flags import OWN
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules
from scoring_rubrics import Rule, Triggers

if TYPE_CHECKING:
    from review_portal.aggregator import Ratings, RoundRow

UNSEALED = ("reconciling", "finished")


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that stands out by the triggers frozen with the round. `code` is "" where it is the dossier.

    `asked` says that a case was opened about it.
    """

    kind: str
    code: str
    reason: Message
    asked: bool


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A dossier's totals by expert code; `absent` says why a cell is empty (recused, missed).

    Nothing stands in `absent` until reconciliation has ended: who knows who was recused, and the panel does,
    would read from it whose code is whose.
    """

    dossier: str
    number: str
    unit: str
    totals: Mapping[str, Decimal]
    absent: Mapping[str, str]
    mean: Decimal | None
    spread: Decimal | None
    flags: tuple[Flag, ...]

    def triggers_on(self, code: str, asked: str = OWN) -> tuple[str, ...]:
        """Kinds of flags that fire on this expert's sheet, the one that was `asked` first; empty: none does.

        A range concerns the whole dossier: by itself it stands behind a case only where it is what was asked.
        """
        fires = [flag.kind for flag in self.flags if flag.code in (code, "")]
        if asked in fires:
            fires.remove(asked)
            return (asked, *fires)
        return tuple(fires) if any(flag.code == code for flag in self.flags) else ()

    def farthest(self) -> str:
        """The code whose total lies farthest from the mean: whom a range asks first."""
        mean = self.mean or Decimal(0)
        return max(self.totals, key=lambda code: (abs(self.totals[code] - mean), code))


@dataclass(frozen=True, slots=True)
class Overview:
    """The heat map's data: columns are codes, never names; no rank, no cut.

    `withdrawn`: number and unit of the dossiers that were assigned and have left; their points are not read.
    """

    codes: tuple[str, ...]
    rows: tuple[OverviewRow, ...]
    effects: Mapping[str, Decimal]
    withdrawn: tuple[tuple[str, str], ...]

    def unasked(self) -> list[tuple[OverviewRow, Flag]]:
        """Flags about which no case was opened."""
        return [(row, flag) for row in self.rows for flag in row.flags if not flag.asked]


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

    Sheets of withdrawn or rejected dossiers stay stored and count for nothing, unless the withdrawal came
    after `as_of`. `before` gives the points as they were unsealed. Raises `Conflict` while the round is
    sealed.
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
        .where(Review.round_id == round_.id, Review.state == "submitted", in_the_running(as_of))
    ).all()
    dossiers, experts, items, points = zip(*rows, strict=True) if rows else ((), (), (), ())
    rubric = rules.rubric_of(round_.stage)
    return Ratings.from_columns(
        dossiers,
        experts,
        items,
        points,
        criterion_of={item.key: rubric.criterion_of(item.key).key for item in rubric.items},
        dossiers=_assigned_numbers(session, round_, as_of),
    )


def _assigned_numbers(session: Session, round_: Round, as_of: datetime | None) -> list[str]:
    return list(
        session.scalars(
            sa.select(Dossier.number)
            .join(Review, Review.dossier_id == Dossier.id)
            .where(Review.round_id == round_.id, Review.state != "void", in_the_running(as_of))
            .distinct()
            .order_by(Dossier.number)
        )
    )


def overview(viewer: Viewer, *, round_: str) -> Overview:
    """Totals, spread and flags after unsealing. Raises `NotFound`, `NotAllowed` before it."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return overview_of(db.session(), row, call)


def overview_of(session: Session, row: Round, call: Call) -> Overview:
    """The overview inside a caller's transaction. Raises `Conflict` while the round is sealed."""
    from review_portal.aggregator import score_round

    rules = rules_of(call)
    ratings = ratings_of(session, row, rules)
    cells = session.execute(
        sa.select(Dossier.number, Dossier.public_id, Dossier.unit_name, PanelMember.code, Review.state)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.round_id == row.id, Dossier.state == "eligible", Review.state != "void")
        .order_by(Dossier.number, PanelMember.code)
    ).all()
    result = (
        score_round(
            ratings,
            Rule(),
            deviation_percent=rules.triggers.deviation_percent,
            range_points=rules.triggers.range_points,
        )
        if ratings.sheet_dossier.size
        else None
    )
    scored = {item.dossier: item for item in result.rows()} if result else {}
    recused = _recused(session, row)
    told = row.state == "finished"
    asked = _asked(session, row)
    rows = []
    for number, public_id, unit in dict.fromkeys((c.number, c.public_id, c.unit_name) for c in cells):
        found = scored.get(number)
        absent = {c.code: c.state for c in cells if c.number == number and c.state != "submitted"}
        absent |= {code: "recused" for of, code in recused if of == number}
        rows.append(
            OverviewRow(
                public_id,
                number,
                unit,
                found.totals if found else {},
                absent if told else {},
                found.mean if found else None,
                found.range if found else None,
                _flags(found, rules.triggers, asked.get(number, ())),
            )
        )
    codes = tuple(sorted({c.code or "" for c in cells} | {code for _number, code in recused}))
    return Overview(codes, tuple(rows), result.effects if result else {}, _withdrawn(session, row))


def _recused(session: Session, row: Round) -> set[tuple[str, str]]:
    """Number and code of each recusal that keeps a panel member from a dossier."""
    found = session.execute(
        sa.select(Dossier.number, PanelMember.code)
        .select_from(Recusal)
        .join(Dossier, Dossier.id == Recusal.dossier_id)
        .join(PanelMember, PanelMember.expert_id == Recusal.expert_id)
        .where(PanelMember.round_id == row.id, Recusal.call_id == row.call_id)
    )
    return {(number, code or "") for number, code in found}


def _withdrawn(session: Session, row: Round) -> tuple[tuple[str, str], ...]:
    found = session.execute(
        sa.select(Dossier.number, Dossier.unit_name)
        .join(Review, Review.dossier_id == Dossier.id)
        .where(Review.round_id == row.id, Dossier.state == "withdrawn")
        .distinct()
        .order_by(Dossier.number)
    )
    return tuple((number, unit) for number, unit in found)


def _asked(session: Session, row: Round) -> dict[str, list[tuple[str, str]]]:
    """By dossier number: expert code and kind of every flag that a case was opened about."""
    found: dict[str, list[tuple[str, str]]] = {}
    for number, code, kept in session.execute(
        sa.select(Dossier.number, PanelMember.code, ReconciliationCase.figures)
        .select_from(ReconciliationCase)
        .join(Review, Review.id == ReconciliationCase.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(ReconciliationCase.round_id == row.id)
    ):
        found.setdefault(number, []).extend((code or "", kind) for kind in kept["kinds"] or [OWN])
    return found


def _flags(found: RoundRow | None, triggers: Triggers, asked: Sequence[tuple[str, str]]) -> tuple[Flag, ...]:
    """Deviations by expert, then the range; a deviation is asked about by any case on its sheet."""
    if found is None:
        return ()
    codes, kinds = {code for code, _kind in asked}, {kind for _code, kind in asked}
    rows = []
    for code in found.outliers:
        shown = flags.figures(found.totals[code], found.mean, found.range, triggers)
        rows.append(Flag("deviation", code, flags.reason("deviation", code, shown), code in codes))
    if found.range_exceeded:
        shown = flags.figures(None, found.mean, found.range, triggers)
        rows.append(Flag("range", "", flags.reason("range", "", shown), "range" in kinds))
    return tuple(rows)


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
