"""Ranking: tried out after reconciliation, frozen by the chair, verified by anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain import canonical, policy, states
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.models.rankings import Ranking
from review_portal.services import (
    audit,
    insight_jobs,
    job_queue,
    paper_state,
    ranking_papers,
    ranking_rounds,
    ranking_versions,
    scopes,
    signature_state,
)
from review_portal.services.bindings import Bound
from review_portal.services.freeze_gates import refuse_unready
from review_portal.services.ranking_body import kind_of
from review_portal.services.ranking_recount import recomputed
from review_portal.services.ranking_store import RankingView as RankingView
from review_portal.services.ranking_store import (
    body_of,
    frozen_view,
    panel_of,
    refuse_unlooked,
    store,
    trial_view,
)
from review_portal.services.rules import rules_of


def _call_of(session: Session, round_: Round) -> Call:
    return session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()


def view(viewer: Viewer, *, round_: str) -> RankingView:
    """The newest frozen ranking of this round, or what it would be now. Writes nothing.

    Raises `NotFound`, `NotAllowed` before reconciliation has finished.
    """
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    call = _call_of(session, row)
    rules, kind = rules_of(call), _kind(session, row)
    frozen = ranking_versions.frozen(session, call.id, kind, panel=panel_of(row, kind))
    if frozen is not None:
        return frozen_view(session, frozen, call, row, rules)
    return trial_view(body_of(session, call, row, rules, kind), call, row, rules)


def _kind(session: Session, row: Round) -> str:
    """A round scored again after an objection belongs to the final ranking, whatever its stage."""
    return "final" if row.reexamination_id is not None else kind_of(session, row)


def final_view(viewer: Viewer, *, call: str, version: int | None = None) -> RankingView:
    """A version of the frozen final ranking for the call's offices, the newest unless another is asked for.

    Raises `NotFound` while there is none.
    """
    session = db.session()
    row = scopes.office_call(viewer, call)
    frozen = ranking_versions.frozen(session, row.id, "final", version)
    if frozen is None:
        raise NotFound(mark("本批次尚未冻结排名。"))
    last = ranking_rounds.regular(session, row.id)[-1]
    return frozen_view(session, frozen, row, last, rules_of(row))


def freeze(actor: Viewer, *, round_: str, digest: str, look: str = "", nobody: bool = False) -> str:
    """Freeze what `view` showed. Returns the ranking's public id.

    `digest` is that of the body the chair looked at: if anything has changed since, nothing is frozen.
    `look` is the panel's recorded look, demanded where an office rule would select other units. `nobody`
    freezes the empty final ranking after a shortlist from which nobody goes on.
    Raises `Conflict`, `Invalid`, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_chair(actor, row).require()
        policy.can_see_ranks(actor, row).require()
        paper_state.refuse_typist(session, actor, row.call_id)
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id).with_for_update()).one()
        rules, kind = rules_of(call), "final" if nobody else _kind(session, row)
        if ranking_versions.frozen(session, call.id, kind, panel=panel_of(row, kind)) is not None:
            raise Conflict(mark("排名已冻结，不能再次冻结。"))
        body = body_of(session, call, row, rules, kind)
        if nobody and not body.get("vacant"):
            raise Conflict(mark("仍有单位进入下一环节，请按该环节的结果排名。"))
        refuse_unlooked(body, digest, look)
        refuse_unready(session, call, row, body)
        signature_state.refuse_missing(session, call, "freeze")
        if kind == "final":
            call.state = states.advance(states.CALL, call.state, "freeze")
        ranking = store(session, actor, call, row, {**body, "look": look.strip()})
        audit.record(
            session,
            actor,
            "freeze_ranking" if kind == "final" else "freeze_shortlist",
            object_kind="ranking",
            object_id=ranking.public_id,
            call_id=call.id,
            detail={"digest": ranking.digest, "input": ranking.input_digest, "rules": ranking.rules_digest},
            bound=[Bound("ranking", ranking)],
        )
        ranking_papers.record(session, call, rules, ranking)
        insight_jobs.queue(session, row)
        public_id = ranking.public_id
    job_queue.wake()
    return public_id


def composites(viewer: Viewer, *, round_: str, body: Mapping[str, Any]) -> dict[str, dict[str, Decimal]]:
    """Each expert's own weighted total per ranked dossier: number -> code -> points.

    Only experts who scored the dossier in every stage of `body`; the code is that of the last stage. None
    of a dossier that was scored anew: its stages were scored by different people under the same codes.
    Raises `NotFound`, `NotAllowed` before reconciliation has finished.
    """
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    session = db.session()
    members = session.execute(
        sa.select(Round.stage, PanelMember.code, PanelMember.expert_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(Round.call_id == row.call_id, Round.reexamination_id.is_(None))
    ).all()
    again = ranking_rounds.again_in(
        session, ranking_versions.frozen(session, row.call_id, "final", body.get("version", 1))
    )
    anew = {number for item in again for number in ranking_rounds.numbers_of(session, item)}
    stages = body["ranking"]["stages"]
    expert_of = {(stage, code): expert for stage, code, expert in members}
    shown = {expert: code or "" for stage, code, expert in members if stage == stages[-1]["key"]}
    ranked = {line["number"] for line in body["rows"]} - anew
    parts: dict[tuple[str, int], list[Decimal]] = {}
    for stage in stages:
        weight = Decimal(stage["weight"]) if len(stages) > 1 else Decimal(1)
        for line in stage["result"]["rows"]:
            for code, total in line["totals"].items():
                key = (line["dossier"], expert_of[stage["key"], code])
                parts.setdefault(key, []).append(weight * Decimal(total))
    found: dict[str, dict[str, Decimal]] = {}
    for (number, expert), values in parts.items():
        if number in ranked and len(values) == len(stages):
            found.setdefault(number, {})[shown[expert]] = sum(values, Decimal(0))
    return found


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a version of a frozen ranking comes out of the stored sheets again, byte for byte."""

    kind: str
    digest: str
    recomputed: str
    version: int = 1

    @property
    def holds(self) -> bool:
        """The same bytes."""
        return self.digest == self.recomputed


def verify(viewer: Viewer, *, call: str) -> list[Verification]:
    """Recompute every version of a call's rankings from its sheets, as they counted when it was frozen.

    Raises `NotFound`.
    """
    session = db.session()
    row = scopes.office_call(viewer, call)
    rules = rules_of(row)
    found = []
    for frozen in session.scalars(sa.select(Ranking).where(Ranking.call_id == row.id).order_by(Ranking.id)):
        again = canonical.digest(recomputed(session, row, rules, frozen))
        found.append(Verification(frozen.kind, frozen.digest, again, frozen.version))
    return found
