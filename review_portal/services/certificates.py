"""参评证明 of the members of finished rounds: what each states, and the code it is told genuine by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.domain.chinese_dates import local_date
from review_portal.exports.expert_certificate import Certificate
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services.report_figures import call_head
from review_portal.services.rules import round_name, rules_of

CODE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Issued:
    """`of` is an id by which nobody finds the expert's code; `expert_id` for who may not be known yet."""

    of: str
    expert_id: int
    content: Certificate


def issued(session: Session, call: Call) -> Iterator[Issued]:
    """One for each member who handed in a sheet in a finished round.

    A sheet that was made void later stays counted: the work was done, and a code once given stays genuine.
    """
    rules = rules_of(call)
    counts = _counts(session, call)
    chairs = _chairs(session, call)
    query = (
        sa.select(PanelMember, Expert, Round)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .join(Round, Round.id == PanelMember.round_id)
        .where(Round.call_id == call.id, Round.finished_at.is_not(None))
        .order_by(Round.position, Round.id, Expert.name, Expert.id)
    )
    for member, expert, row in session.execute(query):
        count = counts.get((row.id, expert.id), 0)
        if not count or row.opened_at is None or row.finished_at is None:
            continue
        content = Certificate(
            call=call_head(rules),
            expert=expert.name,
            employer=expert.employer,
            round_name=round_name(rules, row),
            role="专家组组长" if chairs.get(row.id) == member.id else "专家组成员",
            first=local_date(row.opened_at),
            last=local_date(row.finished_at),
            dossiers=count,
            check_code="",
        )
        identity = canonical.digest([row.public_id, member.public_id])[:12]
        yield Issued(
            identity, expert.id, replace(content, check_code=_code(content, call.public_id, member.public_id))
        )


def _code(content: Certificate, call: str, member: str) -> str:
    told = {**asdict(content), "first": content.first.isoformat(), "last": content.last.isoformat()}
    return canonical.digest({"certificate": told, "call": call, "member": member})[:CODE_LENGTH]


def _counts(session: Session, call: Call) -> dict[tuple[int, int], int]:
    """(round, expert) -> dossiers with at least one sheet handed in."""
    query = (
        sa.select(Review.round_id, Review.expert_id, sa.func.count(sa.distinct(Review.dossier_id)))
        .join(Round, Round.id == Review.round_id)
        .where(Round.call_id == call.id)
        .where(sa.exists().where(ReviewRevision.review_id == Review.id))
        .group_by(Review.round_id, Review.expert_id)
    )
    return {(round_, expert): count for round_, expert, count in session.execute(query)}


def _chairs(session: Session, call: Call) -> dict[int, int]:
    """Round -> the member elected last."""
    query = sa.select(ChairElection.round_id, ChairElection.member_id).join(
        Round, Round.id == ChairElection.round_id
    )
    found = session.execute(query.where(Round.call_id == call.id).order_by(ChairElection.id))
    return {election.round_id: election.member_id for election in found}
