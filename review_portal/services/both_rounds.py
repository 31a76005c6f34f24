"""Whether experts of an earlier round may sit in a later one: allowed, forbidden, or with enough new ones.

Of several panels of one stage an expert always sits on one only.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import panel_parts, scopes
from scoring_rubrics import PanelRules


def earlier_members(session: Session, round_: Round) -> set[int]:
    """Experts on the panel of an earlier round of the same call. One query."""
    return set(
        session.scalars(
            sa.select(PanelMember.expert_id)
            .join(Round, Round.id == PanelMember.round_id)
            .where(Round.call_id == round_.call_id, Round.position < round_.position, Round.state != "void")
        )
    )


def list_earlier(viewer: Viewer, *, round_: str) -> frozenset[str]:
    """Public ids of the experts of earlier rounds, for the offices of the call. Two queries."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_call(viewer, row.call_id).require()
    session = db.session()
    return frozenset(
        session.scalars(sa.select(Expert.public_id).where(Expert.id.in_(earlier_members(session, row))))
    )


def fault(session: Session, round_: Round, experts: Collection[int], panel: PanelRules) -> Message | None:
    """What the rule has against this panel; None: nothing."""
    twice = panel_parts.fault(session, round_, experts)
    if twice is not None:
        return twice
    if panel.both_rounds == "allow" or not experts:
        return None
    before = earlier_members(session, round_)
    again = before & set(experts)
    if not before:
        return None
    if panel.both_rounds == "forbid" and again:
        names = session.scalars(
            sa.select(Expert.name).where(Expert.id.in_(again)).order_by(Expert.name_key, Expert.id)
        ).all()
        return mark("%(names)s参加过前一轮评审，方案规定不再参加后一轮。请另选专家。", names="、".join(names))
    new = len(set(experts) - before)
    if panel.both_rounds == "some_new" and new < panel.new_experts:
        return mark(
            "专家组中未参加过前一轮评审的专家有%(n)s人，方案规定不少于%(least)s人。请换入新专家。",
            n=new,
            least=panel.new_experts,
        )
    return None
