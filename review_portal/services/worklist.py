"""An expert's own tasks, round by round, in the recorded reading order; nothing of other experts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.services.own_rows import OPEN, OwnRow, OwnRows, owed, typed_points
from review_portal.services.rules import rules_of


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
    turn: int | None = None  # the unit's place in a defense once drawn

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
        return tuple(row for row in self.rows if owed(row))

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
    own = OwnRows(session, viewer.expert_id, [round_.id for round_, _call, _member in seats])
    tasks = ((*seat, tuple(map(_row, own.of(seat[0].id, seat[1].id, seat[2].order_key)))) for seat in seats)
    return tuple(_round(round_, call, member, rows) for round_, call, member, rows in tasks if rows)


def _round(round_: Round, call: Call, member: PanelMember, rows: tuple[WorkRow, ...]) -> WorkRound:
    rules = rules_of(call)
    rubric = rules.rubric_of(round_.stage)
    return WorkRound(
        round_.public_id,
        call.public_id,
        call.title,
        rules.round_name(round_.stage, round_.panel),
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


def _row(row: OwnRow) -> WorkRow:
    given = list(row.sheet.points.values()) if row.sheet else typed_points(row.content)
    return WorkRow(
        row.review,
        row.dossier,
        row.number,
        row.unit,
        row.recommender,
        row.members,
        row.state,
        row.gone,
        row.declared,
        len(given),
        sum(given, Decimal(0)) if given else None,
        row.saved_at,
        row.receipt.public_id if row.receipt else None,
        row.turn,
    )
