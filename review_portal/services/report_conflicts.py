"""Conflicts found once scores existed, in the words that documents print."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.accounts import Account
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.recusals import ConflictDecision, FoundConflict
from review_portal.models.reviews import Review
from scoring_rubrics import Call as Rules


def conflict_lines(
    session: Session, round_: Round, rules: Rules, as_of: datetime | None = None
) -> tuple[str, ...]:
    """What two people decided on conflicts that were found once scores existed. One query."""
    words = {"void": "作废", "keep": "保留"}
    name = rules.stage(round_.stage).name
    rows = session.execute(
        sa.select(
            Dossier.number, Dossier.unit_name, PanelMember.code, ConflictDecision, Account.name.label("by")
        )
        .select_from(ConflictDecision)
        .join(FoundConflict, FoundConflict.id == ConflictDecision.conflict_id)
        .join(Review, Review.id == FoundConflict.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Account, Account.id == ConflictDecision.decided_by)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.round_id == round_.id)
        .where(sa.true() if as_of is None else ConflictDecision.decided_at <= as_of)
        .order_by(ConflictDecision.id)
    )
    return tuple(
        f"{name}评分后发现利害关系：{row.number} {row.unit_name}，专家{row.code}的评分"
        f"经秘书处申请、监督人员{row.by}同意{words[row.ConflictDecision.outcome]}。"
        f"理由：{row.ConflictDecision.reason}"
        for row in rows
    )
