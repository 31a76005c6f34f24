"""参评证明 of the members of finished rounds: issued once, when the round ends, and printed as kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.domain.chinese_dates import local_date
from review_portal.exports.expert_certificate import Certificate
from review_portal.exports.figures import CallHead
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.certificates import IssuedCertificate
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services.bindings import Bound
from review_portal.services.report_figures import call_head
from review_portal.services.rules import round_name, rules_of

CODE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Issued:
    """`of` is an id by which nobody finds the expert's code; `expert_id` for who may not be known yet."""

    of: str
    expert_id: int
    content: Certificate


def issue(session: Session, call: Call, row: Round) -> list[Bound]:
    """Keep a certificate for each member who handed in a sheet in the round that ends now.

    A sheet that was made void stays counted: the work was done.
    """
    counts, chair = _counts(session, row), _chair(session, row)
    query = (
        sa.select(PanelMember, Expert)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id == row.id, PanelMember.expert_id.in_(counts))
        .order_by(Expert.name, Expert.id)
    )
    before = session.scalar(
        sa.select(sa.func.count()).select_from(IssuedCertificate).where(IssuedCertificate.call_id == call.id)
    )
    found = enumerate(session.execute(query), start=(before or 0) + 1)
    made = [
        IssuedCertificate(
            call_id=call.id,
            member_id=member.id,
            ordinal=ordinal,
            body=(body := _body(call, row, expert, counts[expert.id], chaired=member.id == chair)),
            digest=canonical.digest({"certificate": body, "of": [call.public_id, member.public_id]}),
            issued_at=row.finished_at,
        )
        for ordinal, (member, expert) in found
    ]
    session.add_all(made)
    session.flush()
    return [Bound("certificate", item) for item in made]


def _body(call: Call, row: Round, expert: Expert, dossiers: int, *, chaired: bool) -> dict[str, object]:
    assert row.opened_at is not None and row.finished_at is not None  # the round ends now
    rules = rules_of(call)
    return {
        "call": asdict(call_head(rules)),
        "expert": expert.name,
        "employer": expert.employer,
        "round": round_name(rules, row),
        "role": "专家组组长" if chaired else "专家组成员",
        "first": local_date(row.opened_at).isoformat(),
        "last": local_date(row.finished_at).isoformat(),
        "dossiers": dossiers,
    }


def _counts(session: Session, row: Round) -> dict[int, int]:
    """Expert -> dossiers with at least one sheet handed in."""
    query = (
        sa.select(Review.expert_id, sa.func.count(sa.distinct(Review.dossier_id)))
        .where(Review.round_id == row.id)
        .where(sa.exists().where(ReviewRevision.review_id == Review.id))
        .group_by(Review.expert_id)
    )
    return dict(session.execute(query).all())


def _chair(session: Session, row: Round) -> int | None:
    """The member elected last."""
    query = sa.select(ChairElection.member_id).where(ChairElection.round_id == row.id)
    return session.scalar(query.order_by(ChairElection.id.desc()).limit(1))


def issued(session: Session, call: Call) -> Iterator[Issued]:
    """The call's certificates as they were issued, in the order of their numbers."""
    query = (
        sa.select(IssuedCertificate, PanelMember.expert_id)
        .join(PanelMember, PanelMember.id == IssuedCertificate.member_id)
        .where(IssuedCertificate.call_id == call.id)
        .order_by(IssuedCertificate.ordinal)
    )
    for row, expert_id in session.execute(query):
        yield Issued(row.public_id, expert_id, _content(row))


def _content(row: IssuedCertificate) -> Certificate:
    body = row.body
    return Certificate(
        call=CallHead(**body["call"]),
        number=row.ordinal,
        expert=body["expert"],
        employer=body["employer"],
        round_name=body["round"],
        role=body["role"],
        first=date.fromisoformat(body["first"]),
        last=date.fromisoformat(body["last"]),
        dossiers=body["dossiers"],
        check_code=row.digest[:CODE_LENGTH],
    )
