"""The new version after a re-examination: tried out, then frozen by the chair beside the old one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Decision, Round
from review_portal.models.rankings import Ranking, newest
from review_portal.models.reexaminations import Reexamination
from review_portal.models.reviews import Review
from review_portal.services import (
    approvals,
    audit,
    insight_jobs,
    job_queue,
    paper_state,
    ranking_papers,
    ranking_rounds,
    ranking_store,
    ranking_versions,
    reexamination_state,
    scopes,
    signature_state,
    version_bodies,
    version_words,
)
from review_portal.services.bindings import Bound
from review_portal.services.freeze_gates import refuse_unready
from review_portal.services.reexamination_state import ACTION, CALL_STATES, CORRECT
from review_portal.services.rules import round_name, rules_of
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class ReexaminationRow:
    """A re-examination as the call's offices and its chair see it.

    `approval`: the request that waits, else empty. `round_`: the new round, its name and state.
    """

    public_id: str
    call: str
    call_title: str
    kind: str
    state: str
    reference: str
    received_on: date
    grounds: str
    dossiers: tuple[tuple[str, str, str], ...]
    beside: tuple[tuple[str, str, str], ...]
    beside_reason: str
    stage: str
    version: int
    made_version: int | None
    asked_by: str
    asked_at: datetime
    decided_at: datetime | None
    settled_at: datetime | None
    approval: str
    round_: tuple[str, str, str] | None
    deciding: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What the new version would be. `waits` says why it cannot be frozen yet; then `view` is None."""

    view: ranking_store.RankingView | None
    lines: tuple[Message, ...]
    differences: tuple[ranking_versions.Difference, ...]
    waits: Message | None


def list_of(viewer: Viewer, *, call: str) -> list[ReexaminationRow]:
    """Every re-examination of a call, newest first. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    query = sa.select(Reexamination).where(Reexamination.call_id == row.id)
    return [_row(session, item, row) for item in session.scalars(query.order_by(Reexamination.id.desc()))]


def get(viewer: Viewer, *, reexamination: str) -> ReexaminationRow:
    """One re-examination, for the call's offices and the chair who decides. Raises `NotFound`."""
    session = db.session()
    return _row(session, *reexamination_state.known(session, viewer, reexamination))


def open_for_chair(viewer: Viewer, *, round_: str) -> str | None:
    """The open re-examination whose new version the chair of this round freezes. Raises `NotFound`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    found = reexamination_state.running(session, row.call_id)
    if found is None or found.state != "open":
        return None
    return found.public_id if reexamination_state.deciding_round(session, found).id == row.id else None


def _row(session: Session, item: Reexamination, call: Call) -> ReexaminationRow:
    contested = session.scalars(sa.select(Ranking).where(Ranking.id == item.ranking_id)).one()
    lines = {line["dossier"]: line for line in [*contested.body["rows"], *contested.body["outside"]]}
    made = session.scalar(sa.select(Ranking.version).where(Ranking.reexamination_id == item.id))
    own = session.scalars(sa.select(Round).where(Round.reexamination_id == item.id)).first()
    rules = rules_of(call)
    waiting = approvals.open_on(session, ACTION, [item.public_id])

    def named(dossiers: list[str]) -> tuple[tuple[str, str, str], ...]:
        return tuple((one, lines[one]["number"], lines[one]["unit"]) for one in dossiers)

    return ReexaminationRow(
        item.public_id,
        call.public_id,
        call.title,
        item.kind,
        item.state if item.state != "asked" or waiting else "lapsed",
        item.reference,
        item.received_on,
        item.grounds,
        named(item.dossiers),
        named(item.beside),
        item.beside_reason,
        rules.stage(item.stage).name if item.stage else "",
        contested.version,
        made,
        session.scalar(sa.select(Account.name).where(Account.id == item.asked_by)) or "",
        item.asked_at,
        item.decided_at,
        item.settled_at,
        waiting.get(item.public_id, ""),
        (own.public_id, round_name(rules, own), own.state) if own else None,
        reexamination_state.deciding_round(session, item).public_id,
    )


def trial(viewer: Viewer, *, reexamination: str) -> Trial:
    """The new version as it would come out now, beside the one that counts. Writes nothing.

    Raises `NotFound`, `NotAllowed` for whoever may not see ranks.
    """
    session = db.session()
    row, call = reexamination_state.known(session, viewer, reexamination)
    rules, round_ = rules_of(call), reexamination_state.deciding_round(session, row)
    waits = _waits(session, row, call, round_)
    if waits is not None:
        return Trial(None, (), (), waits)
    policy.can_see_ranks(viewer, round_).require()
    try:
        replaced, body = _body(session, row, call, rules)
    except Conflict as problem:
        return Trial(None, (), (), problem.message)
    return Trial(
        ranking_store.trial_view(body, call, round_, rules),
        version_words.lines(body, rules),
        ranking_versions.differences(replaced.body, body),
        None,
    )


def _waits(session: Session, row: Reexamination, call: Call, round_: Round) -> Message | None:
    """Why the new version cannot be computed yet."""
    if row.state != "open":
        return mark("该复核未在办理中。")
    if call.state not in CALL_STATES:
        return mark("批次已不在排名、会议审定或公示环节，不能再出新一版排名。")
    if round_.state != "finished":
        return mark("重新评审尚未结束复议，结束后方可试算。")
    if _asked_corrections(session, call.id):
        return mark("还有更正代录差错的申请未确认，办结后方可试算。")
    return None


def _asked_corrections(session: Session, call_id: int) -> int:
    waiting = sa.select(sa.func.count()).select_from(Approval)
    waiting = waiting.join(Review, Review.public_id == Approval.object_id)
    waiting = waiting.join(Round, Round.id == Review.round_id)
    return (
        session.scalar(
            waiting.where(
                Round.call_id == call_id,
                Approval.action == CORRECT,
                Approval.outcome == "pending",
                Approval.expires_at > now(),
            )
        )
        or 0
    )


def _body(session: Session, row: Reexamination, call: Call, rules: Rules) -> tuple[Ranking, dict[str, Any]]:
    replaced = session.scalars(newest(call.id, "final")).one()
    again = reexamination_state.again_now(session, call)
    last = ranking_rounds.regular(session, call.id)[-1]
    body = ranking_store.body_of(session, call, last, rules, "final", again=again)
    return replaced, {
        **body,
        **version_bodies.words(session, call, rules, replaced, row, body, again),
    }


def freeze_version(actor: Viewer, *, reexamination: str, digest: str, look: str = "") -> str:
    """Freeze what `trial` showed as the next version. Returns the ranking's public id.

    The old version stays. Where other units are proposed the call goes back to before the decision: it is
    decided and made public anew. Raises `Conflict`, `Invalid`, `NotAllowed`, `NotFound`.
    """
    with transaction() as session:
        row, call = reexamination_state.known(session, actor, reexamination, lock=True)
        round_ = reexamination_state.deciding_round(session, row)
        policy.can_chair(actor, round_).require()
        paper_state.refuse_typist(session, actor, call.id)
        waits = _waits(session, row, call, round_)
        if waits is not None:
            raise Conflict(waits)
        rules = rules_of(call)
        replaced, body = _body(session, row, call, rules)
        ranking_store.refuse_unlooked(body, digest, look)
        again = reexamination_state.again_now(session, call)
        refuse_unready(session, call, ranking_rounds.regular(session, call.id)[-1], body, again)
        signature_state.refuse_missing(session, call, "freeze")
        made = ranking_store.store(
            session, actor, call, round_, {**body, "look": look.strip()}, replaced, row.id
        )
        row.state, row.settled_at = "settled", now()
        decide = _decide_anew(session, call, replaced.body, body)
        audit.record(
            session,
            actor,
            "freeze_version",
            object_kind="ranking",
            object_id=made.public_id,
            call_id=call.id,
            detail={
                "ordinal": made.version,
                "reexam_kind": row.kind,
                "digest": made.digest,
                "replaces": replaced.digest,
                "input": made.input_digest,
                "rules": made.rules_digest,
                **({"list_changed": True} if decide else {}),
            },
            bound=[Bound("ranking", made)],
        )
        ranking_papers.record(session, call, rules, made)
        insight_jobs.queue(session, round_)
        public_id = made.public_id
    job_queue.wake()
    return public_id


def _decide_anew(session: Session, call: Call, before: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the list has to be decided on again; then the call stands before the decision."""
    decision = session.scalars(
        sa.select(Decision).where(Decision.call_id == call.id).order_by(Decision.id.desc()).limit(1)
    ).first()
    chosen = decision.selected if decision is not None else ()
    changed = bool(body["unheard"]) or not ranking_versions.same_list(before, body, chosen)
    if changed and call.state != "ranked":
        call.state = states.advance(states.CALL, call.state, "rerank")
    return changed
