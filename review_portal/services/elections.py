"""Who leads a round's panel: elected by those present, recorded with method, votes and witness."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.experts import present as is_present
from review_portal.models.recusals import standing
from review_portal.services import audit, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of


def elect_chair(actor: Viewer, *, round_: str, member: str, method: str, votes: int, witness: str) -> None:
    """Record the panel's election of one of its signed-in experts; nobody with a recusal may be chair."""
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        policy.can_run_call(actor, row.call_id).require()
        if row.state != "scoring":
            raise Conflict(mark("本轮评分进行期间方可推举组长。"))
        present = list(
            session.scalars(sa.select(PanelMember).where(PanelMember.round_id == row.id, is_present()))
        )
        elected = next((item for item in present if item.public_id == member), None)
        if elected is None:
            raise Invalid(mark("请从已签到的专家中推举组长。"), {"member": mark("请选择已签到的专家。")})
        if _recused(session, call.id, elected.expert_id):
            raise Invalid(
                mark("有回避情形的专家不得担任组长，请另行推举。"), {"member": mark("该专家有回避情形。")}
            )
        quorum = rules_of(call).panel.quorum
        if len(present) < quorum:
            raise Conflict(
                mark(
                    "到会专家%(n)s人，方案规定不少于%(quorum)s人方可评审，不能推举组长。",
                    n=len(present),
                    quorum=quorum,
                )
            )
        if not (len(present) // 2 < votes <= len(present)):
            raise Invalid(
                mark("得票须超过到会专家（%(n)s人）的半数且不超过人数。", n=len(present)),
                {"votes": mark("请核对票数。")},
            )
        if not witness.strip() or not method.strip():
            raise Invalid(mark("请填写推举方式和见证人。"), {"witness": mark("请填写见证人。")})
        said = (elected.id, method.strip(), votes, len(present), witness.strip())
        if said == _last_election(session, row):
            return  # the same form, sent twice
        election = ChairElection(
            round_id=row.id,
            member_id=elected.id,
            method=method.strip(),
            votes=votes,
            voters=len(present),
            witness=witness.strip(),
            elected_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(election)
        audit.record(
            session,
            actor,
            "elect_chair",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={
                "member": elected.public_id,
                "method": election.method,
                "votes": votes,
                "voters": len(present),
                "witness": election.witness,
            },
            bound=[Bound("election", election)],
        )


def _last_election(session: Session, row: Round) -> tuple[Any, ...]:
    """Who was elected last, how, with how many of how many votes, and who saw it."""
    found = session.execute(
        sa.select(
            ChairElection.member_id,
            ChairElection.method,
            ChairElection.votes,
            ChairElection.voters,
            ChairElection.witness,
        )
        .where(ChairElection.round_id == row.id)
        .order_by(ChairElection.id.desc())
        .limit(1)
    ).first()
    return tuple(found or ())


def _recused(session: Session, call_id: int, expert_id: int) -> bool:
    return (
        session.scalar(
            sa.select(Recusal.id)
            .where(Recusal.call_id == call_id, Recusal.expert_id == expert_id, standing())
            .limit(1)
        )
        is not None
    )
