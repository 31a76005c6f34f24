"""Several panels of one stage: the rounds beside a round, whose dossiers are whose, who sits elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import Message, mark
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.panel_splits import PanelSplit
from review_portal.models.rankings import Ranking
from review_portal.services.rules import rules_of

NOT_SPLIT = mark("本环节分组评审，申报材料尚未分组。请先在“材料分组”页确定各组评审的材料。")


def latest_split(session: Session, call_id: int, stage: str) -> PanelSplit | None:
    """The split that counts, None while there is none. One query."""
    found: PanelSplit | None = session.scalars(
        sa.select(PanelSplit)
        .where(PanelSplit.call_id == call_id, PanelSplit.stage == stage)
        .order_by(PanelSplit.id.desc())
        .limit(1)
    ).first()
    return found


def share_of(session: Session, round_: Round) -> tuple[str, ...] | None:
    """Public ids of the dossiers that the round's panel scores; None where the stage has one panel."""
    if not round_.panel:
        return None
    split = latest_split(session, round_.call_id, round_.stage)
    return tuple(split.shares.get(round_.public_id, ())) if split else ()


def refuse_unsplit(session: Session, round_: Round) -> None:
    """Raise `Conflict` while the round's panel has no dossiers of its own."""
    if round_.panel and not share_of(session, round_):
        raise Conflict(NOT_SPLIT)


def refuse_incomplete(session: Session, round_: Round) -> None:
    """Raise `Conflict` unless every dossier of the call belongs to one of the panels."""
    refuse_unsplit(session, round_)
    if not round_.panel:
        return
    split = latest_split(session, round_.call_id, round_.stage)
    shared = {dossier for share in (split.shares if split else {}).values() for dossier in share}
    lacking = [number for public_id, number in _eligible(session, round_.call_id) if public_id not in shared]
    if lacking:
        raise Conflict(
            mark("以下材料尚未分组：%(numbers)s。请在“材料分组”页重新分组。", numbers="、".join(lacking))
        )


def _eligible(session: Session, call_id: int) -> Sequence[sa.Row[str, str]]:
    return session.execute(
        sa.select(Dossier.public_id, Dossier.number)
        .where(Dossier.call_id == call_id, Dossier.state == "eligible")
        .order_by(Dossier.number)
    ).all()


def beside(round_: Round) -> sa.ColumnElement[bool]:
    """The rounds of the other panels of the same stage."""
    return (
        (Round.call_id == round_.call_id)
        & (Round.position == round_.position)
        & (Round.id != round_.id)
        & (Round.state != "void")
    )


def seated_elsewhere(session: Session, round_: Round) -> dict[int, Round]:
    """Expert -> the round of the other panel on which he sits. One query."""
    rows = session.execute(
        sa.select(PanelMember.expert_id, Round)
        .join(Round, Round.id == PanelMember.round_id)
        .where(beside(round_))
    ).all()
    return dict(rows)


def fault(session: Session, round_: Round, experts: Collection[int]) -> Message | None:
    """What stands against this panel beside the other panels of its stage; None: nothing."""
    elsewhere = seated_elsewhere(session, round_) if round_.panel else {}
    twice = sorted(set(elsewhere) & set(experts))
    if not twice:
        return None
    names = session.scalars(
        sa.select(Expert.name).where(Expert.id.in_(twice)).order_by(Expert.name_key, Expert.id)
    ).all()
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    other = elsewhere[twice[0]]
    return mark(
        "%(names)s已在%(round)s，同一环节每位专家只参加一组。请另选专家。",
        names="、".join(names),
        round=rules_of(call).round_name(other.stage, other.panel),
    )


def refuse_unfrozen(session: Session, earlier: Sequence[Round], call: Call) -> None:
    """Raise `Conflict` while a panel of an earlier stage has not frozen its shortlist."""
    rules, several = rules_of(call), [item for item in earlier if item.panel]
    frozen = set(
        session.scalars(
            sa.select(Ranking.panel).where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
        )
    )
    waiting = [rules.round_name(item.stage, item.panel) for item in several if item.panel not in frozen]
    if waiting:
        raise Conflict(
            mark("以下各组尚未冻结入围名单，请各组组长先冻结：%(names)s。", names="、".join(waiting))
        )
