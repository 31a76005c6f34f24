"""An expert's own sheets of one round with their drafts, for download and upload: a few queries for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.offline_sheet import Content
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review, ReviewDraft
from review_portal.services.report_figures import rubric_digest
from review_portal.services.rules import rules_of
from review_portal.services.worklist import WorkRow, worklist
from scoring_rubrics import Call as Rules
from scoring_rubrics import CommentRule, Rubric


@dataclass(frozen=True, slots=True)
class Sheet:
    """A dossier that is the viewer's to score. `closed` says why nothing can be typed, empty while it can."""

    review: str
    number: str
    unit: str
    members: tuple[str, ...]
    recommender: str
    state: str
    content: Content
    version: int
    saved_at: datetime | None
    closed: Message
    waits: bool = False  # only for the declaration


@dataclass(frozen=True, slots=True)
class Desk:
    """A round of the viewer. `closed` says why the whole round takes nothing, empty while it does."""

    round: str
    call: str
    stage_name: str
    code: str
    deadline: datetime | None
    call_rules: Rules
    rubric: Rubric
    rubric_digest: str
    sheets: tuple[Sheet, ...]
    closed: Message

    @property
    def rules(self) -> CommentRule:
        """Where reasons are asked for."""
        return self.call_rules.comments

    @property
    def open(self) -> tuple[Sheet, ...]:
        """The sheets that can be filled in now, in reading order."""
        return tuple(sheet for sheet in self.sheets if not sheet.closed.msgid)

    def require_open(self) -> None:
        """Raise `Conflict` where the whole round takes nothing."""
        if self.closed.msgid:
            raise Conflict(self.closed)


def load(session: Session, viewer: Viewer, round_: str) -> Desk:
    """The round with everything of the viewer that is neither recused nor void. Raises `NotFound`."""
    found = session.execute(
        sa.select(Round, Call, PanelMember)
        .join(Call, Call.id == Round.call_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(Round.public_id == round_, Round.state != "draft", PanelMember.expert_id == viewer.expert_id)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound()
    row, call, member = found
    rules = rules_of(call)
    work = next((each for each in worklist(viewer) if each.public_id == round_), None)
    rows = [each for each in (work.rows if work else ()) if each.review and each.state != "void"]
    drafts = {
        draft.public_id: draft
        for draft in session.execute(
            sa.select(Review.public_id, ReviewDraft.content, ReviewDraft.version, ReviewDraft.saved_at)
            .join(ReviewDraft, ReviewDraft.review_id == Review.id)
            .where(Review.public_id.in_([each.review for each in rows]))
        )
    }
    return Desk(
        row.public_id,
        call.public_id,
        rules.round_name(row.stage, row.panel),
        member.code or "—",
        member.deadline or row.deadline,
        rules,
        rules.rubric_of(row.stage),
        rubric_digest(rules, row.stage),
        tuple(_sheet(each, drafts.get(each.review), viewer, member) for each in rows),
        _closed(row, member, rules),
    )


def _closed(row: Round, member: PanelMember, rules: Rules) -> Message:
    if member.left_at is not None:
        return mark("您已退出本轮评审，评分表不能再改。")
    if row.state != "scoring":
        return mark("本轮评分未在进行，不能下载或上传离线评分表。")
    if member.pledged_at is None:
        return mark("请先签署评审承诺，再使用离线评分表。")
    return policy.can_open_in_mode(rules.stage(row.stage).mode, member.is_present).reason


def _sheet(
    row: WorkRow, draft: sa.Row[str, object, int, datetime] | None, viewer: Viewer, member: PanelMember
) -> Sheet:
    return Sheet(
        row.review,
        row.number,
        row.unit,
        row.members,
        row.recommender,
        row.state,
        draft.content if draft else {},
        draft.version if draft else 0,
        draft.saved_at if draft else None,
        _why_closed(row, viewer, member),
        row.is_open and not row.declared,
    )


def _why_closed(row: WorkRow, viewer: Viewer, member: PanelMember) -> Message:
    if row.gone:
        return mark("该单位已撤回申报，不需再评。")
    if row.state == "submitted":
        return mark("评分已提交，文件中的内容不予接收。如需修改，请先在回执页面撤回，再重新上传。")
    if not row.is_open:
        return mark("这份评分表已不能填写。")
    return policy.can_read_dossier(
        viewer, is_own=True, declared=row.declared, recused=False, pledged=member.pledged_at is not None
    ).reason
