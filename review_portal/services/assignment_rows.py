"""What every assignment does in its caller's transaction: names of a round, recusals, rows of sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.reviews import Review
from review_portal.services import draw_names, panel_parts, recusals, scopes
from review_portal.services.recusals import Grounds, Pair


@dataclass(frozen=True, slots=True)
class Names:
    """Panel and dossiers of a round by id."""

    experts: Mapping[int, tuple[str, str]]  # public id, name
    dossiers: Mapping[int, tuple[str, str, str, int | None]]  # public id, number, unit, current version


def names_of(session: Session, row: Round) -> Names:
    """Panel and dossiers of a round. Two queries."""
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
    return Names({r[0]: (r[1], r[2]) for r in experts}, {r[0]: (r[1], r[2], r[3], r[4]) for r in dossiers})


def draft_round(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    """The round, locked, with its call, for its secretariat.

    Raises `Conflict` once it has been opened and while its panel has no dossiers, `NotAllowed` while the
    actor may not know the drawn experts.
    """
    row = scopes.known_round(actor, round_, session=session, lock=True)
    policy.can_run_call(actor, row.call_id).require()
    if row.state != "draft":
        raise Conflict(mark("本轮已开启，分派已冻结，不能再改。"))
    draw_names.refuse_hidden(session, actor, row)
    panel_parts.refuse_unsplit(session, row)
    return row, session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()


def ids_of(names: Names, pairs: Iterable[tuple[str, str]]) -> list[Pair]:
    """Pairs of public ids as pairs of ids. Raises `Invalid` on one that is not of the round."""
    experts = {public_id: key for key, (public_id, *_rest) in names.experts.items()}
    dossiers = {public_id: key for key, (public_id, *_rest) in names.dossiers.items()}
    try:
        return [(experts[expert], dossiers[dossier]) for expert, dossier in dict.fromkeys(pairs)]
    except KeyError:
        raise Invalid(mark("所选专家或材料不在本轮中，未作任何改动。请刷新页面后重新选择。")) from None


def recuse(session: Session, actor: Viewer, call_id: int, pair: Pair, grounds: Grounds | None) -> Recusal:
    """Record what the rules say of a pair that binds."""
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


def drop_recused(session: Session, row: Round, pairs: Sequence[Pair]) -> None:
    """Take back the assignments of pairs that are kept apart."""
    for expert_id, dossier_id in pairs:
        session.execute(
            sa.delete(Review).where(
                Review.round_id == row.id,
                Review.expert_id == expert_id,
                Review.dossier_id == dossier_id,
                Review.state == "assigned",
            )
        )


def follow_versions(session: Session, row: Round, names: Names) -> None:
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


def add_reviews(session: Session, actor: Viewer, row: Round, names: Names, pairs: Sequence[Pair]) -> None:
    """Sheets for pairs, of the dossiers as they stand."""
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
