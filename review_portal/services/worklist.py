"""An expert's own tasks, round by round, in the recorded reading order; nothing of other experts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.models.experts import Declaration, PanelMember, Recusal
from review_portal.models.recusals import standing, units_digest
from review_portal.models.reviews import Review, ReviewDraft, ReviewRevision, RevisionPoint
from review_portal.services.rules import rules_of

OPEN = ("assigned", "draft", "returned")


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One dossier of the viewer. Of a recused one only the number is told.

    state is the review's; `gone` means that the unit has withdrawn. `done` counts items with points in
    the draft or the submitted sheet; `total` is None until one has points.
    """

    review: str
    dossier: str
    number: str
    unit: str
    recommender: str
    members: tuple[str, ...]
    state: str
    gone: bool
    declared: bool
    done: int
    total: Decimal | None
    saved_at: datetime | None
    receipt: str | None

    @property
    def is_open(self) -> bool:
        """Whether the sheet still waits for its expert."""
        return self.state in OPEN and not self.gone


@dataclass(frozen=True, slots=True)
class WorkRound:
    """A round with the viewer's rows in reading order; `items`, `maximum`, `step` are its rubric's."""

    public_id: str
    call: str
    call_title: str
    name: str
    state: str
    deadline: datetime | None
    pledged_at: datetime | None
    code: str | None
    items: int
    maximum: Decimal
    step: Decimal
    rows: tuple[WorkRow, ...]
    away: bool = False  # scored on site, and the viewer has not signed in or has left

    @property
    def counted(self) -> tuple[WorkRow, ...]:
        """The rows that the expert owes: neither recused nor withdrawn nor void."""
        return tuple(row for row in self.rows if row.state not in ("recused", "void") and not row.gone)

    @property
    def submitted(self) -> int:
        """How many own sheets are in."""
        return sum(row.state == "submitted" for row in self.counted)

    def next_open(self, after: str = "") -> WorkRow | None:
        """The first row still open, in reading order, starting behind the review `after` if given."""
        at = next((place for place, row in enumerate(self.rows, 1) if row.review == after), 0)
        return next((row for row in (*self.rows[at:], *self.rows[:at]) if row.is_open), None)


def worklist(viewer: Viewer) -> tuple[WorkRound, ...]:
    """The viewer's rounds with tasks, opened ones, the newest first. Eight queries however many rows."""
    if viewer.expert_id is None:
        return ()
    session = db.session()
    seats = session.execute(
        sa.select(Round, Call, PanelMember)
        .join(Call, Call.id == Round.call_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(PanelMember.expert_id == viewer.expert_id, Round.state.not_in(("draft", "void")))
        .order_by(Round.opened_at.desc(), Round.id.desc())
    ).all()
    own = _Own(session, viewer.expert_id, [round_.id for round_, _call, _member in seats])
    tasks = ((*seat, own.rows_of(seat[0].id, seat[1].id, seat[2].order_key)) for seat in seats)
    return tuple(_round(round_, call, member, rows) for round_, call, member, rows in tasks if rows)


def _round(round_: Round, call: Call, member: PanelMember, rows: tuple[WorkRow, ...]) -> WorkRound:
    rules = rules_of(call)
    rubric = rules.rubric_of(round_.stage)
    return WorkRound(
        round_.public_id,
        call.public_id,
        call.title,
        rules.stage(round_.stage).name,
        round_.state,
        member.deadline or round_.deadline,
        member.pledged_at,
        member.code,
        len(rubric.items),
        rubric.total,
        rubric.step,
        rows,
        not policy.can_open_in_mode(rules.stage(round_.stage).mode, member.is_present),
    )


class _Own:
    """Everything of one expert in some rounds, loaded at once."""

    def __init__(self, session: Session, expert_id: int, rounds: Sequence[int]) -> None:
        self.expert_id = expert_id
        self.reviews = session.execute(
            sa.select(
                Review.id,
                Review.public_id,
                Review.round_id,
                Review.state,
                Review.revision_id,
                Review.dossier_version_id,
                Dossier.id.label("dossier_id"),
                Dossier.public_id.label("dossier"),
                Dossier.number,
                Dossier.unit_name,
                Dossier.recommender,
                Dossier.state.label("standing"),
                units_digest().label("units_digest"),
            )
            .join(Dossier, Dossier.id == Review.dossier_id)
            .join(DossierVersion, DossierVersion.id == Review.dossier_version_id)
            .where(Review.expert_id == expert_id, Review.round_id.in_(rounds))
        ).all()
        self.members = self._members(session)
        self.answers = self._answers(session)
        self.apart = {
            tuple(row)
            for row in session.execute(
                sa.select(Recusal.call_id, Recusal.dossier_id).where(
                    Recusal.expert_id == expert_id, standing()
                )
            )
        }
        self.drafts: dict[int, tuple[Any, datetime]] = {
            row.review_id: (row.content, row.saved_at)
            for row in session.execute(
                sa.select(ReviewDraft.review_id, ReviewDraft.content, ReviewDraft.saved_at).where(
                    ReviewDraft.review_id.in_([row.id for row in self.reviews])
                )
            )
        }
        self._load_submitted(session)

    def _members(self, session: Session) -> dict[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        versions = {row.dossier_version_id for row in self.reviews}
        for version, name in session.execute(
            sa.select(DossierUnit.version_id, DossierUnit.name)
            .where(DossierUnit.version_id.in_(versions), DossierUnit.role == "member")
            .order_by(DossierUnit.position)
        ):
            found[version].append(name)
        return found

    def _answers(self, session: Session) -> dict[tuple[int, str], str]:
        return {
            (row.dossier_id, row.units_digest): row.answer
            for row in session.execute(
                sa.select(Declaration.dossier_id, Declaration.units_digest, Declaration.answer)
                .where(Declaration.expert_id == self.expert_id)
                .order_by(Declaration.id)  # the latest word is the one that stays
            )
        }

    def _load_submitted(self, session: Session) -> None:
        ids = [row.revision_id for row in self.reviews if row.revision_id is not None]
        self.revisions = {
            row.id: row
            for row in session.execute(
                sa.select(ReviewRevision.id, ReviewRevision.public_id, ReviewRevision.submitted_at).where(
                    ReviewRevision.id.in_(ids)
                )
            )
        }
        self.points: dict[int, list[Decimal]] = defaultdict(list)
        for revision, points in session.execute(
            sa.select(RevisionPoint.revision_id, RevisionPoint.points).where(
                RevisionPoint.revision_id.in_(ids)
            )
        ):
            self.points[revision].append(points)

    def rows_of(self, round_id: int, call_id: int, order_key: str) -> tuple[WorkRow, ...]:
        """The round's rows in the order that the member's key gives."""
        rows = [row for row in self.reviews if row.round_id == round_id]
        rows.sort(key=lambda row: reading_place(order_key, row.dossier))
        return tuple(self._row(row, call_id) for row in rows)

    def _row(self, row: Any, call_id: int) -> WorkRow:
        if row.state == "recused" or (call_id, row.dossier_id) in self.apart:
            return WorkRow("", "", row.number, "", "", (), "recused", False, False, 0, None, None, None)
        revision = self.revisions.get(row.revision_id)
        content, saved_at = self.drafts.get(row.id, ({}, None))
        given = self.points[row.revision_id] if revision else typed_points(content)
        return WorkRow(
            row.public_id,
            row.dossier,
            row.number,
            row.unit_name,
            row.recommender,
            tuple(self.members[row.dossier_version_id]),
            row.state,
            row.standing == "withdrawn",
            self.answers.get((row.dossier_id, row.units_digest)) == "clear",
            len(given),
            sum(given, Decimal(0)) if given else None,
            revision.submitted_at if revision else saved_at,
            revision.public_id if revision else None,
        )


def reading_place(order_key: str, dossier: str) -> str:
    """Where a dossier stands in a member's reading order: random per member, recorded by the key."""
    return hashlib.sha256(f"{order_key}{dossier}".encode()).hexdigest()


def typed_points(content: Any) -> list[Decimal]:
    """The points of a draft that are numbers already; the rest is still being typed."""
    found = []
    for text in content.get("points", {}).values():
        try:
            value = Decimal(text)
        except ArithmeticError:
            continue
        if value.is_finite():
            found.append(value)
    return found
