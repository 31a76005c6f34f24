"""并列表决 as rows: who may vote on a tie, its ballots, and what a ranking takes from them. No use case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.tie_counting import contest_of
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.recusals import standing, undecided
from review_portal.models.reviews import Review
from review_portal.models.tie_votes import TieChoice, TieClosing, TieReferral, TieVote
from scoring_rubrics import Call as Rules


class Voter(NamedTuple):
    """A panel member who may vote."""

    member_id: int
    public_id: str
    name: str
    account_id: int | None


def voters_of(session: Session, round_: Round, rules: Rules, dossiers: Collection[str]) -> list[Voter]:
    """The panel without those kept apart from any of the tied dossiers and without those who have left.

    Where the stage is scored on site, who has left the room has left.
    """
    tied = sa.select(Dossier.id).where(
        Dossier.call_id == round_.call_id, Dossier.public_id.in_(list(dossiers))
    )
    recused = sa.exists().where(
        Recusal.call_id == round_.call_id,
        Recusal.expert_id == PanelMember.expert_id,
        Recusal.dossier_id.in_(tied),
        standing(),
    )
    doubted = sa.exists().where(
        Review.expert_id == PanelMember.expert_id,
        Review.dossier_id.in_(tied),
        undecided() | (Review.state == "recused"),
    )
    query = (
        sa.select(PanelMember.id, PanelMember.public_id, Expert.name, Expert.account_id)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id == round_.id, PanelMember.left_at.is_(None), ~recused, ~doubted)
        .order_by(Expert.name_key, PanelMember.id)
    )
    if rules.stage(round_.stage).mode == "onsite":
        query = query.where(PanelMember.signed_out_at.is_(None))
    return [Voter(*row) for row in session.execute(query)]


def votes_of(session: Session, round_: Round, contest: str | None = None) -> list[TieVote]:
    """The round's ballots in their order, of one tie if it is given."""
    query = sa.select(TieVote).where(TieVote.round_id == round_.id).order_by(TieVote.id)
    return list(session.scalars(query if contest is None else query.where(TieVote.contest == contest)))


def closings_of(session: Session, votes: Collection[int]) -> dict[int, TieClosing]:
    """Vote id -> how it ended. One query."""
    rows = session.scalars(sa.select(TieClosing).where(TieClosing.vote_id.in_(list(votes))))
    return {row.vote_id: row for row in rows}


def choices_of(session: Session, vote: TieVote) -> dict[int, TieChoice]:
    """Member id -> the newest choice. One query."""
    rows = session.scalars(
        sa.select(TieChoice).where(TieChoice.vote_id == vote.id).order_by(TieChoice.ordinal)
    )
    return {row.member_id: row for row in rows}


def referral_of(session: Session, round_: Round, contest: str) -> TieReferral | None:
    """Whether this tie was sent up."""
    return session.scalars(
        sa.select(TieReferral).where(TieReferral.round_id == round_.id, TieReferral.contest == contest)
    ).first()


@dataclass(frozen=True, slots=True)
class Matter:
    """A tie and what has become of it. `chosen` and `left` are public ids, `records` of closed ballots.

    state: open (nothing decided yet), voted (every place given away), referred.
    """

    contest: str
    standing: tuple[str, ...]
    places: int
    state: str
    chosen: tuple[str, ...]
    left: tuple[str, ...]
    places_left: int
    records: tuple[Mapping[str, Any], ...]
    reason: str = ""


def matter_of(
    session: Session,
    round_: Round,
    standing_: Sequence[str],
    places: int,
    *,
    as_of: datetime | None = None,
) -> Matter:
    """What has become of exactly this tie, as of a moment if one is given. Three queries."""
    contest = contest_of(standing_, places)
    votes = votes_of(session, round_, contest)
    closed = closings_of(session, [vote.id for vote in votes])
    chosen: list[str] = []
    records = []
    for vote in votes:
        end = closed.get(vote.id)
        if end is None or end.kind != "counted" or (as_of is not None and end.closed_at > as_of):
            continue
        chosen += end.body["chosen"]
        records.append({**end.body, "digest": end.digest})
    left = tuple(unit for unit in standing_ if unit not in chosen)
    open_ = places - len(chosen)
    sent = referral_of(session, round_, contest)
    referred = sent is not None and (as_of is None or sent.referred_at <= as_of)
    state = "voted" if open_ == 0 else "referred" if referred else "open"
    return Matter(
        contest,
        tuple(standing_),
        places,
        state,
        tuple(chosen),
        left if open_ else (),
        open_,
        tuple(records),
        sent.reason if sent is not None and referred else "",
    )
