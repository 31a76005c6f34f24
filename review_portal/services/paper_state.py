"""How far paper sheets are, from registrations and names of cells alone: no entry's content is read here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.domain import clerks
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import CLERKS, Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.models.transcriptions import PaperScan, PaperSheet, Transcription

DROP = "drop_paper"  # the two-person act
# of one clerk on one registration: more would let somebody find the other's points by trying
MOST_ENTRIES = 3


@dataclass(frozen=True, slots=True)
class Paper:
    """A registered sheet and what it belongs to."""

    paper: PaperSheet
    review: Review
    round: Round
    dossier: Dossier
    member: PanelMember
    call: Call


@dataclass(frozen=True, slots=True)
class Entries:
    """What is known of the entries on one registration. `counts` and `by` go by the clerk's role.

    `differing`: cells that the two newest entries fill differently, None until both are in.
    """

    counts: dict[str, int] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)
    differing: tuple[str, ...] | None = None

    @property
    def state(self) -> str:
        """waiting, half, differs, stuck (nobody may correct any more) or same."""
        if not self.counts:
            return "waiting"
        if self.differing is None:
            return "half"
        if not self.differing:
            return "same"
        used = all(self.counts.get(role, 0) >= MOST_ENTRIES for role in CLERKS)
        return "stuck" if used else "differs"


def holds() -> sa.ColumnElement[bool]:
    """`PaperSheet` is the newest word on its sheet, and that it is paper."""
    later = aliased(PaperSheet)
    newest = ~sa.exists().where(later.review_id == PaperSheet.review_id, later.ordinal > PaperSheet.ordinal)
    return newest & (PaperSheet.kind == "paper")


def on_paper() -> sa.ColumnElement[bool]:
    """Reviews whose sheet is registered as paper."""
    return sa.exists().where(PaperSheet.review_id == Review.id, holds())


def apart() -> sa.ColumnElement[bool]:
    """Reviews whose expert and dossier a recusal keeps apart. Needs `Round` in the statement."""
    return sa.exists().where(
        Recusal.call_id == Round.call_id,
        Recusal.expert_id == Review.expert_id,
        Recusal.dossier_id == Review.dossier_id,
        standing(),
    )


def countable() -> sa.ColumnElement[bool]:
    """Sheets that may still be handed in by whoever sits there: of papers in the running, by who stayed."""
    return (Dossier.state == "eligible") & PanelMember.left_at.is_(None) & ~apart()


def papers() -> sa.Select[PaperSheet, Review, Round, Dossier, PanelMember, Call]:
    """Every registration with what it belongs to, oldest first."""
    return (
        sa.select(PaperSheet, Review, Round, Dossier, PanelMember, Call)
        .join(Review, Review.id == PaperSheet.review_id)
        .join(Round, Round.id == Review.round_id)
        .join(Call, Call.id == Round.call_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .order_by(PaperSheet.id)
    )


def open_papers() -> sa.Select[PaperSheet, Review, Round, Dossier, PanelMember, Call]:
    """Sheets that wait for the clerks: registered, missed at the end of scoring, still to be counted."""
    return papers().where(holds(), countable(), Review.state == "missed", Round.state == "sealed")


def unfinished(session: Session, round_: Round) -> int:
    """How many sheets of a sealed round still wait for the clerks."""
    found = open_papers().where(Round.id == round_.id).order_by(None).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


def refuse_unfinished(session: Session, round_: Round) -> None:
    """Raise `Conflict` while paper sheets of the round are not typed by both clerks."""
    waiting = unfinished(session, round_)
    if waiting:
        raise Conflict(
            mark(
                "还有%(n)s份纸质评分表未代录完成，暂不能启封。请计分人、复核人录完；确不能计入的，"
                "由秘书处申请不予计入、监督人员同意。",
                n=waiting,
            )
        )


def entries_on(session: Session, papers_: Collection[int]) -> dict[int, Entries]:
    """Registration id -> what is known of its entries. One query, and no content in it."""
    found: dict[int, Entries] = {}
    rows = session.execute(
        sa.select(
            Transcription.paper_id, Transcription.role, Transcription.entered_by, Transcription.differing
        )
        .where(Transcription.paper_id.in_(list(papers_)))
        .order_by(Transcription.id)
    )
    for paper_id, role, by, differing in rows:
        before = found.get(paper_id, Entries())
        counts = {**before.counts, role: before.counts.get(role, 0) + 1}
        cells = None if differing is None else tuple(differing)
        found[paper_id] = Entries(counts, {**before.by, role: by}, cells)
    return found


def scans_of(session: Session, reviews: Collection[int]) -> dict[int, PaperScan]:
    """Review id -> its newest scan. One query."""
    rows = session.scalars(
        sa.select(PaperScan).where(PaperScan.review_id.in_(list(reviews))).order_by(PaperScan.id)
    )
    return {row.review_id: row for row in rows}


def panel_of(session: Session, round_: Round) -> Sequence[int]:
    """Ids of the experts with a seat in the round, those who have left among them."""
    return session.scalars(sa.select(PanelMember.expert_id).where(PanelMember.round_id == round_.id)).all()


def for_clerk(session: Session, viewer: Viewer, paper: str, *, lock: bool = False) -> Paper:
    """A registered sheet, for a clerk of its call. `lock`: the round against unsealing, then the review.

    Raises `NotFound`.
    """
    row = session.execute(papers().where(PaperSheet.public_id == paper, PaperSheet.kind == "paper")).first()
    if row is None:
        raise NotFound()
    found = Paper(*row)
    if not clerks.can_know_paper(viewer, found.round.call_id, panel_of(session, found.round)):
        raise NotFound()
    if lock:
        again = {"populate_existing": True}
        session.scalars(
            sa.select(Round)
            .where(Round.id == found.round.id)
            .with_for_update(read=True)
            .execution_options(**again)
        ).one()
        session.scalars(
            sa.select(Review).where(Review.id == found.review.id).with_for_update().execution_options(**again)
        ).one()
    return found


def has_typed(session: Session, account_id: int, call_id: int) -> bool:
    """Whether this account has typed a paper sheet of the call, counted or not."""
    typed = (
        sa.select(Transcription.id)
        .join(PaperSheet, PaperSheet.id == Transcription.paper_id)
        .join(Review, Review.id == PaperSheet.review_id)
        .join(Round, Round.id == Review.round_id)
        .where(Round.call_id == call_id, Transcription.entered_by == account_id)
        .limit(1)
    )
    return session.scalar(typed) is not None


def roles_typed(session: Session, account: str, call_id: int) -> frozenset[str]:
    """As which clerks this account (public id) has typed paper sheets of the call."""
    rows = session.scalars(
        sa.select(Transcription.role)
        .join(Account, Account.id == Transcription.entered_by)
        .join(PaperSheet, PaperSheet.id == Transcription.paper_id)
        .join(Review, Review.id == PaperSheet.review_id)
        .join(Round, Round.id == Review.round_id)
        .where(Round.call_id == call_id, Account.public_id == account)
        .distinct()
    )
    return frozenset(rows)


def refuse_typist(session: Session, actor: Viewer, call_id: int) -> None:
    """Raise `NotAllowed` for whoever has typed in this call: the list is made by others."""
    clerks.stands_apart(has_typed(session, actor.account_id, call_id)).require()
