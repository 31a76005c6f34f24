"""Rows of the register that may be one person's, and what stands between them and one row."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.domain.recusal import unit_key
from review_portal.domain.register import masked
from review_portal.models.calls import Round
from review_portal.models.draws import DrawNumber, ExpertDraw
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import draw_state, scopes
from review_portal.services.experts.profile import ExpertProfile, find, profile_of

SHOWN_MAX = 200
_OVER = ("finished", "void")


@dataclass(frozen=True, slots=True)
class Twin:
    """One row of a pair."""

    public_id: str
    name: str
    employer: str
    phone: str


@dataclass(frozen=True, slots=True)
class Twins:
    """Two rows under one name; `same_employer` in whatever way it is written."""

    first: Twin
    second: Twin
    same_employer: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rows side by side. `against_first`: why the first cannot be the one that stays, and likewise."""

    first: ExpertProfile
    second: ExpertProfile
    against_first: tuple[Message, ...]
    against_second: tuple[Message, ...]


def list_duplicates(viewer: Viewer, *, call: str) -> list[Twins]:
    """Pairs of one name in the order of names, at most `SHOWN_MAX`. Two queries. Raises `NotFound`."""
    scopes.office_call(viewer, call)
    left, right = aliased(Expert), aliased(Expert)
    rows = db.session.execute(
        sa.select(left, right)
        .join(right, (right.name == left.name) & (right.id > left.id))
        .where(left.merged_into_id.is_(None), right.merged_into_id.is_(None))
        .order_by(left.name_key, left.id, right.id)
        .limit(SHOWN_MAX)
    )
    return [
        Twins(_twin(one), _twin(other), unit_key(one.employer) == unit_key(other.employer))
        for one, other in rows
    ]


def _twin(person: Expert) -> Twin:
    return Twin(person.public_id, person.name, person.employer, masked(person.phone))


def compare(viewer: Viewer, *, call: str, first: str, second: str) -> Comparison:
    """Both rows and what speaks against keeping either. Queries do not grow with history. `NotFound`."""
    scopes.office_call(viewer, call)
    session = db.session()
    one, other = find(session, first), find(session, second)
    if one.id == other.id or one.merged_into_id is not None or other.merged_into_id is not None:
        raise NotFound()
    return Comparison(
        profile_of(session, one),
        profile_of(session, other),
        tuple(obstacles(session, keep=one, drop=other)),
        tuple(obstacles(session, keep=other, drop=one)),
    )


def obstacles(session: Session, *, keep: Expert, drop: Expert) -> list[Message]:
    """Why `drop` cannot become `keep`; empty where it can. History is never written anew for it.

    Of a row on the list of a draw that is one answer for everybody on it: seats and accounts would tell who
    was drawn.
    """
    if _being_drawn(session, drop):
        return [mark("另一条登记在尚未结束的专家抽取名单中。请待该轮评审结束后合并。")]
    found: list[Message] = []
    seats = _seats(session, drop)
    if keep.account_id is not None and drop.account_id is not None:
        found.append(mark("两条登记都有账号，不能合并。"))
    if set(seats) & set(_seats(session, keep)):
        found.append(mark("两条登记在同一轮的专家组中，不能合并。"))
    if any(state not in _OVER for state in seats.values()):
        found.append(mark("另一条登记在尚未结束的评审轮次中。请保留另一条，或待该轮结束后合并。"))
    if drop.account_id is not None and seats:
        found.append(mark("另一条登记有账号和评审记录，本人凭此登录查看。请保留另一条。"))
    if _scores_what_it_must_not(session, keep, drop):
        found.append(mark("这一条登记正在评审另一条须回避的材料。请先在分派页面登记回避。"))
    return found


def _seats(session: Session, person: Expert) -> dict[int, str]:
    """Round -> its state, of the panels that the row sits on."""
    rows = session.execute(
        sa.select(Round.id, Round.state)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(PanelMember.expert_id == person.id)
    )
    return {row.id: row.state for row in rows}


def _being_drawn(session: Session, person: Expert) -> bool:
    """Whether a round that is not over draws, or has drawn, from a list with this row on it."""
    rows = session.scalars(
        sa.select(ExpertDraw)
        .join(Round, Round.id == ExpertDraw.round_id)
        .join(DrawNumber, DrawNumber.call_id == Round.call_id)
        .where(Round.state.not_in(_OVER), DrawNumber.expert_id == person.id)
        .order_by(ExpertDraw.id)
    ).all()
    return any(item.cancelled is None for item in draw_state.standings(session, rows))


def _scores_what_it_must_not(session: Session, keep: Expert, drop: Expert) -> bool:
    """Whether a sheet of `keep` is about a dossier from which `drop` is kept apart, in a round still on."""
    query = (
        sa.select(Review.id)
        .join(Round, Round.id == Review.round_id)
        .join(Recusal, (Recusal.dossier_id == Review.dossier_id) & (Recusal.call_id == Round.call_id))
        .where(
            Review.expert_id == keep.id,
            Recusal.expert_id == drop.id,
            standing(),
            Review.state.not_in(("recused", "void")),
            Round.state.not_in(_OVER),
        )
        .limit(1)
    )
    return session.scalar(query) is not None
