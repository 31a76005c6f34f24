"""Seating a substitute in a round under way: drawn or named, with every dossier of the panel."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain.defense_results import ABSTAINED
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Departure, Expert, PanelMember, Substitute
from review_portal.models.reviews import Review
from review_portal.services import assignment_rows, audit, both_rounds, draw_state, opening, recusals
from review_portal.services.bindings import Bound
from review_portal.services.recusals import Grounds
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Papers:
    """What a substitute would score: dossier -> version as the round has it; what stands against it.

    undecided: dossier -> what an officer has to look at first.
    """

    versions: Mapping[int, int]
    numbers: Mapping[int, tuple[str, str]]  # public id, number
    apart: frozenset[int]
    said: Mapping[int, Grounds]
    undecided: frozenset[int]


def refuse_late(round_: Round) -> None:
    """Raise `Conflict` where nobody joins any more."""
    if round_.state == "draft":
        raise Conflict(mark("本轮尚未开启，请直接调整专家组。"))
    if round_.state == "sealed":
        raise Conflict(mark("评分已结束并封存，递补专家不能再评分。"))
    if round_.state != "scoring":
        raise Conflict(mark("评分已启封，不能再增加或递补专家。"))


def papers_of(session: Session, round_: Round, call: Call, expert: int) -> Papers:
    """The panel's dossiers for one expert, without those that have given up the defense. Six queries."""
    given_up = (
        sa.select(DefenseSlot.dossier_id)
        .join(DefenseRecord, DefenseRecord.slot_id == DefenseSlot.id)
        .where(DefenseSlot.round_id == round_.id, DefenseRecord.result == ABSTAINED)
    )
    rows = session.execute(
        sa.select(
            Review.dossier_id, sa.func.max(Review.dossier_version_id), Dossier.public_id, Dossier.number
        )
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(
            Review.round_id == round_.id,
            Dossier.state == "eligible",
            Review.dossier_id.not_in(given_up),
        )
        .group_by(Review.dossier_id, Dossier.public_id, Dossier.number)
        .order_by(Dossier.number)
    ).all()
    ids = [row[0] for row in rows]
    found = recusals.grounds(session, [expert], ids, rules_of(call).panel)
    standing = {pair[1] for pair in recusals.recorded(session, call.id) if pair[0] == expert}
    said = {paper: grounds for (_expert, paper), grounds in found.items()}
    apart = {paper for paper in ids if paper in standing or (paper in said and said[paper].binds)}
    return Papers(
        {row[0]: row[1] for row in rows},
        {row[0]: (row[2], row[3]) for row in rows},
        frozenset(apart),
        said,
        frozenset(paper for paper in said if said[paper].conflicts and paper not in apart),
    )


def refuse_unfit(
    session: Session, round_: Round, call: Call, expert: int, leaver: int | None, basis: str
) -> Papers:
    """Raise `Conflict` with the reason why this expert cannot take the place of `leaver`, an expert's id."""
    refuse_late(round_)
    panel = session.execute(
        sa.select(PanelMember.expert_id, PanelMember.left_at).where(PanelMember.round_id == round_.id)
    ).all()
    if expert in {row.expert_id for row in panel}:
        raise Conflict(mark("该专家是或曾是本轮专家组成员，不能递补。请另选专家。"))
    seated = [row.expert_id for row in panel if row.left_at is None and row.expert_id != leaver]
    rules = rules_of(call)
    opening.refuse_without_account(session, call.id, [expert])
    opening.refuse_crowded(session, [*seated, expert], rules)
    again = both_rounds.fault(session, round_, [*seated, expert], rules.panel)
    if again is not None:
        raise Conflict(again)
    papers = papers_of(session, round_, call, expert)
    if papers.undecided and not basis.strip():
        numbers = "、".join(papers.numbers[paper][1] for paper in sorted(papers.undecided))
        raise Conflict(
            mark("递补专家与%(numbers)s的利害关系须先核实。不需回避的，请写明核实依据。", numbers=numbers)
        )
    if not set(papers.versions) - papers.apart:
        raise Conflict(mark("递补专家对本轮全部材料均须回避，请另选专家。"))
    return papers


def seat(
    session: Session,
    actor: Viewer,
    round_: Round,
    call: Call,
    departure: Departure,
    expert: int,
    *,
    source: str,
    basis: str,
) -> None:
    """Put the expert on the panel with every dossier that nothing stands against."""
    papers = refuse_unfit(session, round_, call, expert, None, basis)
    for paper in sorted(papers.apart & papers.said.keys()):
        if not recusals.kept_apart(session, call.id, (expert, paper)):
            assignment_rows.recuse(session, actor, call.id, (expert, paper), papers.said[paper])
    member = PanelMember(
        round_id=round_.id,
        expert_id=expert,
        code=_next_code(session, round_),
        order_key=secrets.token_hex(16),
    )
    session.add(member)
    session.flush()
    at = now()
    given = [paper for paper in papers.versions if paper not in papers.apart]
    for paper in given:
        session.add(
            Review(
                round_id=round_.id,
                expert_id=expert,
                dossier_id=paper,
                dossier_version_id=papers.versions[paper],
                assigned_at=at,
                assigned_by=actor.account_id,
            )
        )
    made = Substitute(
        round_id=round_.id,
        departure_id=departure.id,
        member_id=member.id,
        source=source,
        basis=basis.strip(),
        seated_at=at,
        seated_by=actor.account_id,
    )
    session.add(made)
    session.flush()
    public_id = session.scalar(sa.select(Expert.public_id).where(Expert.id == expert))
    audit.record(
        session,
        actor,
        "seat_substitute",
        object_kind="panel_member",
        object_id=member.public_id,
        call_id=call.id,
        detail={
            "assigned": [[public_id, papers.numbers[paper][0]] for paper in given],
            "refused": len(papers.apart),
        },
        bound=[Bound("substitute", made)],
    )


def _next_code(session: Session, round_: Round) -> str:
    """The first number after those that were dealt at the opening."""
    codes = session.scalars(sa.select(PanelMember.code).where(PanelMember.round_id == round_.id)).all()
    return f"E{max((int(code[1:]) for code in codes if code), default=0) + 1:02d}"


def waiting(session: Session, round_: Round) -> tuple[list[Departure], list[int]]:
    """Departures whose place is empty, oldest first, and drawn experts who have agreed and do not sit yet."""
    empty = list(
        session.scalars(
            sa.select(Departure)
            .where(
                Departure.round_id == round_.id,
                ~sa.exists().where(Substitute.departure_id == Departure.id),
            )
            .order_by(Departure.id)
        )
    )
    found = draw_state.in_force(draw_state.of_round(session, round_))
    if not empty or not found:
        return empty, []
    panel = set(session.scalars(sa.select(PanelMember.expert_id).where(PanelMember.round_id == round_.id)))
    return empty, sorted(draw_state.confirmed(session, round_, found) - panel)
