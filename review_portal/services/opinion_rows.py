"""专家组意见 as rows: who is asked, what was answered, what a ranking takes from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.defense_results import ABSTAINED, CONCLUSIONS, result_words
from review_portal.domain.messages import Message, mark
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.opinions import OpinionAnswer, OpinionSettlement, PanelOpinion
from review_portal.models.recusals import standing, undecided
from review_portal.models.reviews import Review
from review_portal.services.points import in_the_running
from scoring_rubrics import Call as Rules

CONCLUSION_WORDS: Final[Mapping[str, Message]] = {
    "recommended": mark("推荐"),
    "conditional": mark("有条件推荐"),
    "not_recommended": mark("不推荐"),
}


class Asked(NamedTuple):
    """A panel member who is asked about a dossier's opinion."""

    member_id: int
    public_id: str
    name: str
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A member's newest answer to a version. `member`: the panel member's public id."""

    member: str
    name: str
    answer: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """state: undrafted, waiting, agreed, dissented (agreed against some), rejected (no majority)."""

    state: str
    confirmed: int = 0
    dissented: int = 0
    waiting: tuple[Asked, ...] = ()
    voters: int = 0


def words_of(rules: Rules, stage: str) -> dict[str, str]:
    """Conclusion code -> word: as the stage's rubric prints them, else the office's own."""
    found = dict(result_words(rules, stage))
    if set(found) >= {"recommended", "not_recommended"}:
        return found
    offered = [code for code in CONCLUSIONS if code != "conditional" or rules.proposal.conditional]
    return {code: found.get(code) or str(CONCLUSION_WORDS[code]) for code in offered}


def dossiers_of(session: Session, round_: Round) -> dict[int, Dossier]:
    """The dossiers that this round scored and that are in the running, in the order of numbers. One query."""
    absent = (
        sa.select(DefenseSlot.dossier_id)
        .join(DefenseRecord, DefenseRecord.slot_id == DefenseSlot.id)
        .where(DefenseSlot.round_id == round_.id, DefenseRecord.result == ABSTAINED)
    )
    scored = sa.select(Review.dossier_id).where(Review.round_id == round_.id, Review.state == "submitted")
    rows = session.scalars(
        sa.select(Dossier)
        .where(
            Dossier.call_id == round_.call_id,
            Dossier.id.in_(scored),
            Dossier.id.not_in(absent),
            in_the_running(None),
        )
        .order_by(Dossier.number)
    )
    return {row.id: row for row in rows}


def voters_of(
    session: Session, round_: Round, dossiers: Collection[int] | None = None
) -> dict[int, tuple[Asked, ...]]:
    """Dossier id -> who is asked: its experts without a recusal or conflict there. One query."""
    apart = (
        sa.exists()
        .where(
            Recusal.call_id == round_.call_id,
            Recusal.expert_id == Review.expert_id,
            Recusal.dossier_id == Review.dossier_id,
            standing(),
        )
        .correlate(Review)
    )
    query = (
        sa.select(Review.dossier_id, PanelMember.id, PanelMember.public_id, Expert.name, Expert.account_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(Expert, Expert.id == Review.expert_id)
        .where(
            Review.round_id == round_.id,
            Review.state.in_(("submitted", "missed")),
            PanelMember.left_at.is_(None),
            ~apart,
            ~undecided(),
        )
        .order_by(Review.dossier_id, Expert.name_key, PanelMember.id)
    )
    if dossiers is not None:
        query = query.where(Review.dossier_id.in_(list(dossiers)))
    found: dict[int, tuple[Asked, ...]] = {}
    for dossier_id, member, public_id, name, account in session.execute(query):
        found[dossier_id] = (*found.get(dossier_id, ()), Asked(member, public_id, name, account))
    return found


def newest(
    session: Session, round_: Round, *, dossier_id: int | None = None, as_of: datetime | None = None
) -> dict[int, PanelOpinion]:
    """Dossier id -> the newest version, as of a moment if one is given. One query."""
    query = sa.select(PanelOpinion).where(PanelOpinion.round_id == round_.id).order_by(PanelOpinion.ordinal)
    if dossier_id is not None:
        query = query.where(PanelOpinion.dossier_id == dossier_id)
    if as_of is not None:
        query = query.where(PanelOpinion.drafted_at <= as_of)
    return {row.dossier_id: row for row in session.scalars(query)}


def answers_of(session: Session, opinions: Collection[int]) -> dict[int, dict[int, Answered]]:
    """Opinion id -> member id -> the newest answer. One query."""
    rows = session.execute(
        sa.select(OpinionAnswer, PanelMember.public_id, Expert.name)
        .join(PanelMember, PanelMember.id == OpinionAnswer.member_id)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(OpinionAnswer.opinion_id.in_(list(opinions)))
        .order_by(OpinionAnswer.opinion_id, OpinionAnswer.ordinal, Expert.name_key)
    )
    found: dict[int, dict[int, Answered]] = {}
    for row, member, name in rows:
        found.setdefault(row.opinion_id, {})[row.member_id] = Answered(
            member, name, row.answer, row.reason, row.answered_at
        )
    return found


def settled_of(session: Session, opinions: Collection[int]) -> dict[int, OpinionSettlement]:
    """Opinion id -> how the asking ended. One query."""
    rows = session.scalars(
        sa.select(OpinionSettlement).where(OpinionSettlement.opinion_id.in_(list(opinions)))
    )
    return {row.opinion_id: row for row in rows}


def standing_of(
    opinion: PanelOpinion | None,
    asked: Sequence[Asked],
    answers: Mapping[int, Answered],
    settled: OpinionSettlement | None,
) -> Standing:
    """Where an opinion stands, from its rows."""
    if opinion is None:
        return Standing("undrafted", voters=len(asked))
    confirmed = sum(answer.answer == "confirm" for answer in answers.values())
    dissented = len(answers) - confirmed
    if settled is None:
        waiting = tuple(person for person in asked if person.member_id not in answers)
        return Standing("waiting", confirmed, dissented, waiting, len(asked))
    state = "rejected" if not settled.agreed else "dissented" if dissented else "agreed"
    return Standing(state, confirmed, dissented, (), len(settled.voters))


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a ranking takes from an opinion that the panel stands by."""

    conclusion: str
    conditions: str


def agreed_of(
    session: Session,
    call: Call,
    *,
    as_of: datetime | None = None,
    heard: Mapping[int, int] | None = None,
) -> dict[int, Agreed]:
    """Dossier id -> what a ranking takes from the opinion that the panel stands by. One query."""
    rows = agreed_rows(session, call, as_of=as_of, heard=heard)
    return {dossier_id: Agreed(row.conclusion, row.conditions) for dossier_id, row in rows.items()}


def agreed_rows(
    session: Session,
    call: Call,
    *,
    as_of: datetime | None = None,
    heard: Mapping[int, int] | None = None,
) -> dict[int, PanelOpinion]:
    """Dossier id -> the opinion that the panel stands by, as of a moment if one is given. One query.

    A newer version that is still asked about takes the earlier one's place: until then there is none. Of a
    dossier `heard` anew (id -> round) only the panel that heard it speaks.
    """
    anew = heard or {}
    query = (
        sa.select(PanelOpinion, OpinionSettlement.agreed, OpinionSettlement.settled_at)
        .join(Round, Round.id == PanelOpinion.round_id)
        .outerjoin(OpinionSettlement, OpinionSettlement.opinion_id == PanelOpinion.id)
        .where(
            Round.call_id == call.id,
            Round.reexamination_id.is_(None) | Round.id.in_(set(anew.values())),
        )
        .order_by(PanelOpinion.id)
    )
    if as_of is not None:
        query = query.where(PanelOpinion.drafted_at <= as_of)
    latest = {
        row.dossier_id: (row, agreed, at)
        for row, agreed, at in session.execute(query)
        if anew.get(row.dossier_id, row.round_id) == row.round_id
    }
    return {
        dossier_id: row
        for dossier_id, (row, agreed, at) in latest.items()
        if agreed and (as_of is None or at <= as_of)
    }


def outdated(session: Session, round_: Round, dossiers: Collection[int]) -> set[int]:
    """Dossiers whose settled opinion counts somebody who may not speak of them any more: a late conflict."""
    latest = {key: row for key, row in newest(session, round_).items() if key in dossiers}
    settled = settled_of(session, [row.id for row in latest.values()])
    asked = voters_of(session, round_, list(latest))
    return {
        key
        for key, row in latest.items()
        if row.id in settled
        and not set(settled[row.id].voters) <= {person.public_id for person in asked.get(key, ())}
    }
