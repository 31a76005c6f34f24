"""One expert's whole round for reading: every own sheet beside the rubric it is scored by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.services.own_rows import OwnRow, OwnRows, owed
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules
from scoring_rubrics import Rubric


@dataclass(frozen=True, slots=True)
class OwnRound:
    """A round as one of its experts has it, rows in reading order; nothing of the other experts.

    `opening_code` is the digest of what was locked when the round opened.
    """

    public_id: str
    call: str
    name: str
    state: str
    opened_at: datetime | None
    deadline: datetime | None
    pledged: bool
    code: str | None
    opening_code: str
    rules: Rules
    rubric: Rubric
    rows: tuple[OwnRow, ...]
    away: Message  # why nothing opens before signing in; empty where it does not wait for that

    @property
    def counted(self) -> tuple[OwnRow, ...]:
        """The rows that the expert owes."""
        return tuple(row for row in self.rows if owed(row))

    @property
    def submitted(self) -> tuple[OwnRow, ...]:
        """The owed rows whose sheets are in."""
        return tuple(row for row in self.counted if row.state == "submitted" and row.sheet is not None)

    @property
    def complete(self) -> bool:
        """Whether every owed sheet is in, and there is one."""
        return bool(self.counted) and len(self.submitted) == len(self.counted)

    def may_type(self, row: OwnRow) -> bool:
        """Whether the row's sheet takes points now; saving decides again."""
        opened = self.state == "scoring" and self.pledged and not self.away.msgid
        return opened and row.is_open and row.declared


def own_round(viewer: Viewer, *, round_: str) -> OwnRound:
    """The viewer's own sheets of an opened round. Missing, foreign, without own sheets: `NotFound`."""
    session = db.session()
    seat = session.execute(
        sa.select(Round, Call, PanelMember)
        .join(Call, Call.id == Round.call_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(
            Round.public_id == round_,
            PanelMember.expert_id == viewer.expert_id,
            Round.state.not_in(("draft", "void")),
        )
    ).first()
    if seat is None or viewer.expert_id is None:
        raise NotFound()
    row, call, member = seat
    rules = rules_of(call)
    rows = OwnRows(session, viewer.expert_id, [row.id]).of(row.id, call.id, member.order_key)
    if not rows:
        raise NotFound()
    return OwnRound(
        row.public_id,
        call.public_id,
        rules.round_name(row.stage, row.panel),
        row.state,
        row.opened_at,
        member.deadline or row.deadline,
        member.pledged_at is not None,
        member.code,
        row.frozen_digest or "",
        rules,
        rules.rubric_of(row.stage),
        rows,
        policy.can_open_in_mode(rules.stage(row.stage).mode, member.is_present).reason,
    )
