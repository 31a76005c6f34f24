"""Who scores what: assignment of a round with conflicts refused, recorded and explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.reviews import Review
from review_portal.services import audit, recusals
from review_portal.services.assignment_rows import (
    Names,
    add_reviews,
    draft_round,
    drop_recused,
    follow_versions,
    ids_of,
    names_of,
    recuse,
)
from review_portal.services.recusals import Pair
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pair that was not assigned. `recused`: recorded and final; else an officer has to decide first."""

    expert: str
    number: str
    unit: str
    recused: bool
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class AssignmentReport:
    """What an assignment did."""

    assigned: int
    refused: tuple[Refusal, ...]


def assign(
    actor: Viewer, *, round_: str, pairs: Sequence[tuple[str, str]], basis: str = ""
) -> AssignmentReport:
    """Assign (expert, dossier) pairs, public ids. A pair that binds is refused and recorded as recusal.

    A pair that only looks like a conflict is assigned when `basis` says on what ground an officer found
    it harmless; without it it is refused, not recorded. Raises `Invalid` on ids that are not of the round.
    """
    with transaction() as session:
        row, call = draft_round(session, actor, round_)
        names = names_of(session, row)
        wanted = ids_of(names, pairs)
        return _assign(session, actor, row, call, names, wanted, basis.strip())


def assign_all(actor: Viewer, *, round_: str) -> AssignmentReport:
    """Assign every panel member to every dossier of the round, except where something stands between."""
    with transaction() as session:
        row, call = draft_round(session, actor, round_)
        names = names_of(session, row)
        wanted = [(expert, dossier) for expert in names.experts for dossier in names.dossiers]
        return _assign(session, actor, row, call, names, wanted, "")


def _assign(
    session: Session,
    actor: Viewer,
    row: Round,
    call: Call,
    names: Names,
    wanted: Sequence[Pair],
    basis: str,
) -> AssignmentReport:
    follow_versions(session, row, names)
    taken = {
        (expert, dossier)
        for expert, dossier in session.execute(
            sa.select(Review.expert_id, Review.dossier_id).where(Review.round_id == row.id)
        )
    }
    standing = recusals.recorded(session, call.id)
    said = recusals.grounds(
        session, {pair[0] for pair in wanted}, {pair[1] for pair in wanted}, rules_of(call).recusal
    )
    refused: list[Refusal] = []
    cleared: list[list[str]] = []
    assigned: list[Pair] = []
    kept_apart = [pair for pair in wanted if pair in standing or (pair in said and said[pair].binds)]
    for pair in wanted:
        grounds = said.get(pair)
        if pair in standing or (grounds is not None and grounds.binds):
            recusal = standing.get(pair) or recuse(session, actor, call.id, pair, grounds)
            refused.append(_refusal(names, pair, True, (Message(recusal.reason),)))
        elif pair in taken:
            continue
        elif grounds is not None and grounds.conflicts and not basis:
            refused.append(_refusal(names, pair, False, tuple(item.reason for item in grounds.conflicts)))
        else:
            if grounds is not None and grounds.conflicts:
                cleared.append([names.experts[pair[0]][0], names.dossiers[pair[1]][0]])
            assigned.append(pair)
    drop_recused(session, row, kept_apart)
    add_reviews(session, actor, row, names, assigned)
    audit.record(
        session,
        actor,
        "assign",
        object_kind="round",
        object_id=row.public_id,
        call_id=call.id,
        detail={
            "assigned": [[names.experts[e][0], names.dossiers[d][0]] for e, d in assigned],
            "refused": len(refused),
            "cleared": cleared,
            "basis": basis if cleared else "",
        },
    )
    return AssignmentReport(len(assigned), tuple(refused))


def _refusal(names: Names, pair: Pair, recused: bool, reasons: tuple[Message, ...]) -> Refusal:
    _public_id, number, unit, _version = names.dossiers[pair[1]]
    return Refusal(names.experts[pair[0]][1], number, unit, recused, reasons)


def unassign(actor: Viewer, *, round_: str, pairs: Sequence[tuple[str, str]]) -> int:
    """Take assignments of a draft round back. Returns how many there were."""
    with transaction() as session:
        row, call = draft_round(session, actor, round_)
        wanted = ids_of(names_of(session, row), pairs)
        count = 0
        for expert_id, dossier_id in wanted:
            gone = session.scalars(
                sa.select(Review).where(
                    Review.round_id == row.id,
                    Review.expert_id == expert_id,
                    Review.dossier_id == dossier_id,
                )
            ).all()
            for review in gone:
                session.delete(review)
                count += 1
        audit.record(
            session,
            actor,
            "unassign",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"pairs": [list(pair) for pair in pairs], "removed": count},
        )
        return count


def decide_recusal(actor: Viewer, *, round_: str, expert: str, dossier: str, reason: str) -> None:
    """An officer finds that the pair must be kept apart: recorded for the whole call."""
    if len(reason.strip()) < 4:
        raise Invalid(mark("请写明回避事由，至少4个字。"), {"reason": mark("请写明回避事由，至少4个字。")})
    with transaction() as session:
        row, call = draft_round(session, actor, round_)
        ((expert_id, dossier_id),) = ids_of(names_of(session, row), [(expert, dossier)])
        if (expert_id, dossier_id) in recusals.recorded(session, call.id):
            raise Conflict(mark("该专家对该材料的回避已登记。"))
        recusals.record(
            session,
            call_id=call.id,
            pair=(expert_id, dossier_id),
            rule="decision",
            level="decided",
            reason=reason.strip(),
            by=actor.account_id,
        )
        drop_recused(session, row, [(expert_id, dossier_id)])
        audit.record(
            session,
            actor,
            "decide_recusal",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"expert": expert, "dossier": dossier, "reason": reason.strip()},
        )
