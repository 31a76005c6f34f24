"""Who scores what: assignment of a round with conflicts refused, recorded and explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.reviews import Review
from review_portal.services import audit, recusals, scopes
from review_portal.services.recusals import Grounds, Pair
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


@dataclass(frozen=True, slots=True)
class _Names:
    """Panel and dossiers of a round by id."""

    experts: Mapping[int, tuple[str, str]]  # public id, name
    dossiers: Mapping[int, tuple[str, str, str, int | None]]  # public id, number, unit, current version


def _names(session: Session, row: Round) -> _Names:
    experts = session.execute(
        sa.select(Expert.id, Expert.public_id, Expert.name)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .where(PanelMember.round_id == row.id)
        .order_by(Expert.name_key, Expert.id)
    )
    dossiers = session.execute(
        recusals.dossiers_of(session, row)
        .with_only_columns(
            Dossier.id, Dossier.public_id, Dossier.number, Dossier.unit_name, Dossier.current_version_id
        )
        .order_by(Dossier.number)
    )
    return _Names({r[0]: (r[1], r[2]) for r in experts}, {r[0]: (r[1], r[2], r[3], r[4]) for r in dossiers})


def _draft_round(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    row = scopes.known_round(actor, round_, session=session, lock=True)
    policy.can_run_call(actor, row.call_id).require()
    if row.state != "draft":
        raise Conflict(mark("本轮已开启，分派已冻结，不能再改。"))
    return row, session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()


def assign(
    actor: Viewer, *, round_: str, pairs: Sequence[tuple[str, str]], basis: str = ""
) -> AssignmentReport:
    """Assign (expert, dossier) pairs, public ids. A pair that binds is refused and recorded as recusal.

    A pair that only looks like a conflict is assigned when `basis` says on what ground an officer found
    it harmless; without it it is refused, not recorded. Raises `Invalid` on ids that are not of the round.
    """
    with transaction() as session:
        row, call = _draft_round(session, actor, round_)
        names = _names(session, row)
        wanted = _ids(names, pairs)
        return _assign(session, actor, row, call, names, wanted, basis.strip())


def assign_all(actor: Viewer, *, round_: str) -> AssignmentReport:
    """Assign every panel member to every dossier of the round, except where something stands between."""
    with transaction() as session:
        row, call = _draft_round(session, actor, round_)
        names = _names(session, row)
        wanted = [(expert, dossier) for expert in names.experts for dossier in names.dossiers]
        return _assign(session, actor, row, call, names, wanted, "")


def _ids(names: _Names, pairs: Iterable[tuple[str, str]]) -> list[Pair]:
    experts = {public_id: key for key, (public_id, *_rest) in names.experts.items()}
    dossiers = {public_id: key for key, (public_id, *_rest) in names.dossiers.items()}
    try:
        return [(experts[expert], dossiers[dossier]) for expert, dossier in dict.fromkeys(pairs)]
    except KeyError:
        raise Invalid(mark("所选专家或材料不在本轮中，未作任何改动。请刷新页面后重新选择。")) from None


def _assign(
    session: Session,
    actor: Viewer,
    row: Round,
    call: Call,
    names: _Names,
    wanted: Sequence[Pair],
    basis: str,
) -> AssignmentReport:
    _follow_versions(session, row, names)
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
            recusal = standing.get(pair) or _recuse(session, actor, call.id, pair, grounds)
            refused.append(_refusal(names, pair, True, (Message(recusal.reason),)))
        elif pair in taken:
            continue
        elif grounds is not None and grounds.conflicts and not basis:
            refused.append(_refusal(names, pair, False, tuple(item.reason for item in grounds.conflicts)))
        else:
            if grounds is not None and grounds.conflicts:
                cleared.append([names.experts[pair[0]][0], names.dossiers[pair[1]][0]])
            assigned.append(pair)
    _drop_recused(session, row, kept_apart)
    _add(session, actor, row, names, assigned)
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


def _refusal(names: _Names, pair: Pair, recused: bool, reasons: tuple[Message, ...]) -> Refusal:
    _public_id, number, unit, _version = names.dossiers[pair[1]]
    return Refusal(names.experts[pair[0]][1], number, unit, recused, reasons)


def _recuse(session: Session, actor: Viewer, call_id: int, pair: Pair, grounds: Grounds | None) -> Recusal:
    assert grounds is not None
    first = grounds.conflicts[0]
    return recusals.record(
        session,
        call_id=call_id,
        pair=pair,
        rule=first.rule,
        level=first.level,
        reason="；".join(str(item.reason) for item in grounds.conflicts if item.level != "to_decide"),
        by=actor.account_id,
    )


def _drop_recused(session: Session, row: Round, pairs: Sequence[Pair]) -> None:
    for expert_id, dossier_id in pairs:
        session.execute(
            sa.delete(Review).where(
                Review.round_id == row.id,
                Review.expert_id == expert_id,
                Review.dossier_id == dossier_id,
                Review.state == "assigned",
            )
        )


def _follow_versions(session: Session, row: Round, names: _Names) -> None:
    """Assignments of a draft round are of the dossier as it stands now."""
    for dossier_id, (_public_id, _number, _unit, version) in names.dossiers.items():
        session.execute(
            sa.update(Review)
            .where(
                Review.round_id == row.id,
                Review.dossier_id == dossier_id,
                Review.dossier_version_id != version,
                Review.state == "assigned",
            )
            .values(dossier_version_id=version)
        )


def _add(session: Session, actor: Viewer, row: Round, names: _Names, pairs: Sequence[Pair]) -> None:
    at = now()
    for expert_id, dossier_id in pairs:
        session.add(
            Review(
                round_id=row.id,
                expert_id=expert_id,
                dossier_id=dossier_id,
                dossier_version_id=names.dossiers[dossier_id][3],
                assigned_at=at,
                assigned_by=actor.account_id,
            )
        )


def unassign(actor: Viewer, *, round_: str, pairs: Sequence[tuple[str, str]]) -> int:
    """Take assignments of a draft round back. Returns how many there were."""
    with transaction() as session:
        row, call = _draft_round(session, actor, round_)
        wanted = _ids(_names(session, row), pairs)
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
        row, call = _draft_round(session, actor, round_)
        ((expert_id, dossier_id),) = _ids(_names(session, row), [(expert, dossier)])
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
        _drop_recused(session, row, [(expert_id, dossier_id)])
        audit.record(
            session,
            actor,
            "decide_recusal",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"expert": expert, "dossier": dossier, "reason": reason.strip()},
        )
