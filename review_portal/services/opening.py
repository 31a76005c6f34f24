"""What must be in order before a round opens, and what opening freezes."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.services.rules import scheme_digest
from scoring_rubrics import Call as Rules


def refuse_unready(session: Session, row: Round, call: Call, rules: Rules) -> None:
    """Raise `Conflict` with the reason while the round cannot open."""
    if call.state != "reviewing":
        raise Conflict(mark("请先结束受理，再开启评审。"))
    if call.scheme_digest != scheme_digest(rules):
        raise Conflict(mark("评审工作方案尚未批准或规则已变化，请先登记方案审批。"))
    earlier = session.scalars(
        sa.select(Round).where(Round.call_id == call.id, Round.position < row.position)
    ).all()
    if any(item.state != "finished" for item in earlier):
        raise Conflict(mark("上一轮评审尚未结束。"))
    experts = session.scalars(sa.select(PanelMember.expert_id).where(PanelMember.round_id == row.id)).all()
    if len(experts) < rules.panel.minimum or (rules.panel.odd and len(experts) % 2 == 0):
        raise Conflict(
            mark(
                "专家组现有%(n)s人，应不少于%(least)s人%(odd)s。",
                n=len(experts),
                least=rules.panel.minimum,
                odd=mark("且为单数") if rules.panel.odd else "",
            )
        )
    without = session.scalars(
        sa.select(Expert.name)
        .where(Expert.id.in_(experts), Expert.account_id.is_(None))
        .order_by(Expert.name)
    ).all()
    if without:
        raise Conflict(mark("以下专家尚未开通账号：%(names)s。", names="、".join(without)))
    assigned = session.scalar(
        sa.select(sa.func.count())
        .select_from(Review)
        .where(Review.round_id == row.id, Review.state == "assigned")
    )
    if not assigned:
        raise Conflict(mark("尚未分派评审任务，请先分派。"))


def frozen(session: Session, row: Round, rules: Rules, members: Sequence[PanelMember]) -> dict[str, object]:
    """Rules, panel, assignments and triggers: what no later act changes."""
    assignments = session.execute(
        sa.select(PanelMember.code, Dossier.public_id)
        .join(Review, (Review.round_id == PanelMember.round_id) & (Review.expert_id == PanelMember.expert_id))
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(PanelMember.round_id == row.id, Review.state == "assigned")
        .order_by(PanelMember.code, Dossier.public_id)
    ).all()
    triggers = rules.triggers
    return {
        "stage": row.stage,
        "rules": rules.digest,
        "rule": rules.rule.canonical(),
        "panel": sorted(member.public_id for member in members),
        "assignments": [list(pair) for pair in assignments],
        "triggers": {
            "deviation_percent": triggers.deviation_percent,
            "range_points": triggers.range_points,
        },
    }
