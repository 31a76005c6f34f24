"""A ranking's analysis: computed once from the stored sheets, kept with its digest, only read by pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.config import VERSION
from review_portal.db import db, now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.jobs import Job
from review_portal.models.ranking_insights import RankingInsight
from review_portal.services import (
    audit,
    insight_body,
    insight_jobs,
    job_queue,
    ranking_rounds,
    ranking_store,
    ranking_versions,
    scopes,
)
from review_portal.services.audit import Actor, Host
from review_portal.services.bindings import Bound
from review_portal.services.job_queue import Claimed
from review_portal.services.ranking_body import counted, kind_of
from review_portal.services.rules import rules_of

EMPTY = mark("没有单位取得名次，没有排名可说明。")
WORKER = Host(name="后台任务")
State = Literal["ready", "waiting", "outdated", "missing", "empty"]


@dataclass(frozen=True, slots=True)
class Insight:
    """The analysis of one ranking for reading. `body` is empty unless `state` is ready.

    waiting: a worker has it to do; outdated: there is one of earlier sheets; missing: there is none; empty:
    nobody has a place.
    """

    state: State
    body: Mapping[str, Any]
    digest: str
    computed_at: datetime | None
    computed_by: str


@dataclass(frozen=True, slots=True)
class _Due:
    """What is to be analysed: a ranking's body, the rounds it is made of and when it was frozen.

    `again`: rounds scored anew after an objection that a later version rests on.
    """

    body: Mapping[str, Any]
    rounds: list[Round]
    again: list[Round]
    as_of: datetime | None

    @property
    def kind(self) -> str:
        """Shortlist or final."""
        kind: str = self.body["kind"]
        return kind


def get(viewer: Viewer, *, round_: str, body: Mapping[str, Any]) -> Insight:
    """What is stored of the ranking `body`, as `ranking.view` gave it. Computes nothing.

    Raises `NotFound`, `NotAllowed` before reconciliation has finished.
    """
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    if not body["rows"]:
        return Insight("empty", {}, "", None, "")
    found = session.execute(
        sa.select(RankingInsight, Account.name)
        .outerjoin(Account, Account.id == RankingInsight.computed_by)
        .where(RankingInsight.call_id == row.call_id, RankingInsight.kind == body["kind"])
        .where(RankingInsight.basis == insight_body.basis(body))
        .order_by(RankingInsight.id.desc())
        .limit(1)
    ).first()
    if found is not None:
        kept, name = found
        return Insight("ready", kept.body, kept.digest, kept.computed_at, name or "")
    return Insight(_why_not(session, row, body["kind"]), {}, "", None, "")


def _why_not(session: Session, row: Round, kind: str) -> State:
    waiting = session.scalars(
        sa.select(Job.payload).where(
            Job.call_id == row.call_id,
            Job.kind == insight_jobs.KIND,
            Job.state.in_(("queued", "running")),
        )
    )
    if any(payload["round"] == row.public_id for payload in waiting):
        return "waiting"
    earlier = session.scalar(
        sa.select(RankingInsight.id)
        .where(RankingInsight.round_id == row.id, RankingInsight.kind == kind)
        .limit(1)
    )
    return "missing" if earlier is None else "outdated"


def recompute(actor: Viewer, *, round_: str) -> str:
    """Compute the analysis of the ranking as it stands now. Returns its public id.

    Of the same sheets, rules and software there is one: it is returned, and nothing is written. Raises
    `NotFound`, `NotAllowed`, `Conflict` where there is no ranking.
    """
    row = scopes.known_round(actor, round_)
    policy.can_chair(actor, row).require()
    policy.can_see_ranks(actor, row).require()
    return _compute(actor, row.id, actor.account_id)


def work(job: Claimed) -> None:
    """A worker's turn: compute what the job asks for and close it. Raises `Lost`."""
    session = db.session()
    row = session.scalars(sa.select(Round).where(Round.public_id == job.payload["round"])).one()
    message = ""
    try:
        _compute(WORKER, row.id, None)
    except Conflict as refused:  # another round is still under way: its end queues the next job
        message = refused.message.msgid[:200]
    with transaction() as writing:
        job_queue.hold(writing, job.job_id, job.worker, done=1, message=message)
        writing.execute(
            sa.update(Job)
            .where(Job.id == job.job_id)
            .values(state="done", finished_at=now(), claimed_by=None)
        )


def _compute(actor: Actor, round_id: int, by: int | None) -> str:
    """Read and compute first, then write: nobody waits for the numbers."""
    session = db.session()
    row, call = _round(session, round_id)
    due = _due(session, call, row)
    basis = insight_body.basis(due.body)
    kept = _kept(session, call.id, due.kind, basis)
    if kept is not None:
        return kept
    body = insight_body.insight_body(
        session, call, due.rounds, rules_of(call), due.body, due.as_of, due.again
    )
    session.rollback()  # what was read is let go before others' writes are waited for
    with transaction() as writing:
        row = writing.scalars(sa.select(Round).where(Round.id == round_id).with_for_update()).one()
        kept = _kept(writing, row.call_id, due.kind, basis)
        return kept if kept is not None else _store(writing, actor, row, body, by)


def _round(session: Session, round_id: int) -> tuple[Round, Call]:
    row = session.scalars(sa.select(Round).where(Round.id == round_id)).one()
    return row, session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()


def _kept(session: Session, call_id: int, kind: str, basis: str) -> str | None:
    """The panels of a call, and those who score anew, may end with the same ranking: one analysis does."""
    return session.scalar(
        sa.select(RankingInsight.public_id).where(
            RankingInsight.call_id == call_id,
            RankingInsight.kind == kind,
            RankingInsight.basis == basis,
            RankingInsight.software == VERSION,
        )
    )


def _due(session: Session, call: Call, row: Round) -> _Due:
    """The newest frozen ranking that this round ends with, or else what it would be now."""
    rules = rules_of(call)
    kind = "final" if row.reexamination_id is not None else kind_of(session, row)
    rounds = counted(ranking_rounds.regular(session, call.id)) if kind == "final" else [row]
    frozen = ranking_versions.frozen(session, call.id, kind, panel=ranking_store.panel_of(row, kind))
    again = ranking_rounds.again_in(session, frozen)
    body = ranking_store.body_of(session, call, row, rules, kind) if frozen is None else frozen.body
    if not body["rows"]:
        raise Conflict(EMPTY)
    return _Due(body, rounds, again, frozen.frozen_at if frozen else None)


def _store(session: Session, actor: Actor, row: Round, body: Mapping[str, Any], by: int | None) -> str:
    insight = RankingInsight(
        call_id=row.call_id,
        round_id=row.id,
        kind=body["kind"],
        basis=body["basis"],
        input_digest=canonical.digest(body["inputs"]),
        rules_digest=body["rules"],
        digest=canonical.digest(body),
        seed=body["seed"],
        software=body["software"],
        body=body,
        computed_at=now(),
        computed_by=by,
    )
    session.add(insight)
    session.flush()
    audit.record(
        session,
        actor,
        "analyse_ranking",
        object_kind="round",
        object_id=row.public_id,
        call_id=row.call_id,
        detail={"digest": insight.digest, "input": insight.input_digest, "rules": insight.rules_digest},
        bound=[Bound("ranking_insight", insight)],
    )
    return insight.public_id
