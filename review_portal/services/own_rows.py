"""What one expert has in some rounds, loaded at once: names, drafts, submissions; nothing of others."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.models.experts import Declaration, Recusal
from review_portal.models.recusals import standing, units_digest
from review_portal.models.reviews import Review, ReviewDraft, ReviewRevision, RevisionPoint
from review_portal.services.revisions import Sheet

OPEN = ("assigned", "draft", "returned")


class Row(Protocol):
    """What decides whether an expert owes a sheet."""

    @property
    def state(self) -> str: ...
    @property
    def gone(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Submission:
    """The receipt of a submission that stands."""

    public_id: str
    ordinal: int
    commitment: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One dossier of an expert. Of a recused one only the number is told.

    state is the review's; `gone` means that the unit has withdrawn. `content` is the draft as typed and
    `version` what the next save names, 0 before the first. `sheet` and `receipt` are of the submission that
    stands; `saved_at` is its time, else the draft's. `turn` is the unit's place in a defense once drawn.
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
    content: Mapping[str, Any]
    version: int
    saved_at: datetime | None
    receipt: Submission | None
    sheet: Sheet | None
    turn: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the sheet still waits for its expert."""
        return self.state in OPEN and not self.gone


def owed(row: Row) -> bool:
    """Whether the expert owes the sheet: neither recused nor withdrawn nor void."""
    return row.state not in ("recused", "void") and not row.gone


class OwnRows:
    """Seven queries however many rows; `of` gives a round's in the member's reading order.

    A defense is read in the order in which its units come in.
    """

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
                DefenseSlot.position.label("turn"),
            )
            .join(Dossier, Dossier.id == Review.dossier_id)
            .join(DossierVersion, DossierVersion.id == Review.dossier_version_id)
            .outerjoin(
                DefenseSlot,
                (DefenseSlot.round_id == Review.round_id) & (DefenseSlot.dossier_id == Review.dossier_id),
            )
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
        self.drafts = {
            row.review_id: row
            for row in session.execute(
                sa.select(
                    ReviewDraft.review_id, ReviewDraft.content, ReviewDraft.saved_at, ReviewDraft.version
                ).where(ReviewDraft.review_id.in_([row.id for row in self.reviews]))
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
                sa.select(
                    ReviewRevision.id,
                    ReviewRevision.public_id,
                    ReviewRevision.ordinal,
                    ReviewRevision.commitment,
                    ReviewRevision.submitted_at,
                    ReviewRevision.opinion,
                    ReviewRevision.conclusion,
                ).where(ReviewRevision.id.in_(ids))
            )
        }
        self.points: dict[int, dict[str, Decimal]] = defaultdict(dict)
        self.comments: dict[int, dict[str, str]] = defaultdict(dict)
        for revision, item, points, comment in session.execute(
            sa.select(
                RevisionPoint.revision_id, RevisionPoint.item, RevisionPoint.points, RevisionPoint.comment
            ).where(RevisionPoint.revision_id.in_(ids))
        ):
            self.points[revision][item] = points
            if comment:
                self.comments[revision][item] = comment

    def of(self, round_id: int, call_id: int, order_key: str) -> tuple[OwnRow, ...]:
        """The round's rows in their turns where those are drawn, else in the order of the member's key."""
        rows = [row for row in self.reviews if row.round_id == round_id]
        rows.sort(key=lambda row: (row.turn or 0, reading_place(order_key, row.dossier)))
        return tuple(self._row(row, call_id) for row in rows)

    def _row(self, row: Any, call_id: int) -> OwnRow:
        if row.state == "recused" or (call_id, row.dossier_id) in self.apart:
            return OwnRow("", "", row.number, "", "", (), "recused", False, False, {}, 0, None, None, None)
        draft = self.drafts.get(row.id)
        receipt, sheet = self._submitted(row.revision_id)
        saved_at = draft.saved_at if draft else None
        return OwnRow(
            row.public_id,
            row.dossier,
            row.number,
            row.unit_name,
            row.recommender,
            tuple(self.members[row.dossier_version_id]),
            row.state,
            row.standing == "withdrawn",
            self.answers.get((row.dossier_id, row.units_digest)) == "clear",
            draft.content if draft else {},
            draft.version if draft else 0,
            receipt.submitted_at if receipt else saved_at,
            receipt,
            sheet,
            row.turn,
        )

    def _submitted(self, revision_id: int | None) -> tuple[Submission | None, Sheet | None]:
        kept = self.revisions.get(revision_id)
        if kept is None:
            return None, None
        sheet = Sheet(self.points[kept.id], self.comments[kept.id], kept.opinion, kept.conclusion)
        return Submission(kept.public_id, kept.ordinal, kept.commitment, kept.submitted_at), sheet


def reading_place(order_key: str, dossier: str) -> str:
    """Where a dossier stands in a member's reading order: random per member, recorded by the key."""
    return hashlib.sha256(f"{order_key}{dossier}".encode()).hexdigest()


def typed_points(content: Mapping[str, Any]) -> list[Decimal]:
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
