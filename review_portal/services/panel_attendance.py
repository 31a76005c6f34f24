"""Who of a panel signs its papers: who scored, who came, who left, who was kept away from a dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.models.calls import Round
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review


@dataclass(frozen=True, slots=True)
class Seat:
    """A panel member. Ids of dossiers: `given` to judge, `scored` on a sheet that stands, `apart` recused.

    `came`: signed in, whether or not the expert was still there at the end.
    """

    public_id: str
    code: str
    name: str
    employer: str
    title: str
    came: bool
    left_at: datetime | None
    given: frozenset[int]
    scored: frozenset[int]
    apart: frozenset[int]

    @property
    def signs(self) -> bool:
        """Who judged to the end signs for the panel: came or scored, and did not leave it."""
        return self.left_at is None and (self.came or bool(self.scored))

    @property
    def remark(self) -> str:
        """What was recorded of somebody who was not there throughout; empty for the others."""
        if self.left_at is not None:
            kept = f"保留评分表{len(self.scored)}份" if self.scored else "未留评分表"
            return f"{date_text(local_date(self.left_at))}中途退出，{kept}"
        if self.came:
            return ""
        return "未签到，已评分" if self.scored else "缺席，未评分"


def seats_of(session: Session, round_: Round) -> list[Seat]:
    """Everybody who was ever on the round's panel, substitutes, too, by code. Four queries."""
    members = session.execute(
        sa.select(PanelMember, Expert)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id == round_.id)
        .order_by(PanelMember.code, PanelMember.id)
    ).all()
    reviews = sa.select(Review.expert_id, Review.dossier_id).where(Review.round_id == round_.id)
    given = _by_expert(session, reviews)
    scored = _by_expert(session, reviews.where(Review.state == "submitted"))
    apart = _by_expert(
        session,
        sa.select(Recusal.expert_id, Recusal.dossier_id).where(Recusal.call_id == round_.call_id, standing()),
    )
    return [
        Seat(
            member.public_id,
            member.code or "—",
            expert.name,
            expert.employer,
            expert.title,
            member.signed_in_at is not None,
            member.left_at,
            frozenset(given.get(expert.id, ())),
            frozenset(scored.get(expert.id, ())),
            frozenset(apart.get(expert.id, ())),
        )
        for member, expert in members
    ]


def _by_expert(session: Session, query: sa.Select[int, int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for expert, dossier in session.execute(query):
        found.setdefault(expert, set()).add(dossier)
    return found
