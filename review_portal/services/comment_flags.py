"""Sheets with a comment that contradicts its points, by the words that the call's rules list."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.contradictions import contradicting
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.recusals import sheet_counts
from review_portal.models.reviews import Review, RevisionPoint
from review_portal.services.points import in_the_running, refuse_sealed
from scoring_rubrics import Call as Rules
from scoring_rubrics import Item, Triggers

Found = dict[tuple[str, str], list[dict[str, str]]]


def contradictions(session: Session, round_: Round, rules: Rules) -> Found:
    """(dossier number, expert code) -> the items whose comment contradicts its points. One query.

    Only comments on low levels and at full marks are read. Raises `Conflict` while the round is sealed.
    """
    refuse_sealed(round_)
    triggers = rules.triggers
    items = {item.key: item for item in rules.rubric_of(round_.stage).items}
    if not triggers.low_levels:
        return {}
    telling = [(RevisionPoint.item == key) & _telling(item, triggers) for key, item in items.items()]
    found: Found = {}
    for number, code, key, points, comment in session.execute(
        sa.select(
            Dossier.number, PanelMember.code, RevisionPoint.item, RevisionPoint.points, RevisionPoint.comment
        )
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(RevisionPoint, RevisionPoint.revision_id == Review.revision_id)
        .where(Review.round_id == round_.id, sheet_counts(None), in_the_running(None))
        .where(RevisionPoint.comment != "", sa.or_(*telling))
        .order_by(Dossier.number, PanelMember.code, RevisionPoint.item)
    ):
        item = items[key]
        full = points == item.max_score
        level = None if full or not item.levels else item.level_of(points)
        low = level is not None and level.name in triggers.low_levels
        words = contradicting(comment, triggers, low=low, full=full)
        if words:
            said = {
                "item": f"{key} {item.name}",
                "points": f"{points:.2f}",
                "level": (level.label or level.name) if level is not None else "",
                "words": "、".join(words),
            }
            found.setdefault((number, code or ""), []).append(said)
    return found


def _telling(item: Item, triggers: Triggers) -> sa.ColumnElement[bool]:
    """Points of the item at which a comment can contradict."""
    low = [level for level in item.levels if level.name in triggers.low_levels]
    return sa.or_(
        RevisionPoint.points == item.max_score,
        *(RevisionPoint.points.between(level.minimum, level.maximum) for level in low),
    )
