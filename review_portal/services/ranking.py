"""Ranking: tried out after reconciliation, frozen by the chair, verified by anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.config import VERSION
from review_portal.db import db, now, transaction
from review_portal.domain import canonical, policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.services import audit, paper_state, recusals, scopes, vacant_rankings
from review_portal.services.bindings import Bound
from review_portal.services.ranking_body import final_body, kind_of, shortlist_body
from review_portal.services.ranking_words import effects, sentences
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class RankingView:
    """A ranking for reading, tried out (`frozen_at` None) or frozen. `body` is the canonical snapshot.

    `effects`, the last of the sentences, say whether reconciliation changed the list.
    """

    kind: str
    body: Mapping[str, Any]
    digest: str
    sentences: tuple[Message, ...]
    effects: tuple[Message, ...]
    rules: Rules
    call: str
    round_: str
    public_id: str | None
    frozen_at: datetime | None
    frozen_by: str | None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Dossiers with a place, best first."""
        rows: list[dict[str, Any]] = self.body["rows"]
        return rows

    @property
    def outside(self) -> list[dict[str, Any]]:
        """Dossiers without a place and why."""
        rows: list[dict[str, Any]] = self.body["outside"]
        return rows


def _body(
    session: Session, call: Call, round_: Round, rules: Rules, kind: str, as_of: datetime | None = None
) -> dict[str, Any]:
    if as_of is None:
        recusals.refuse_undecided(session, call.id)
    if kind == "shortlist":
        return shortlist_body(session, call, round_, rules, as_of=as_of)
    rounds = session.scalars(
        sa.select(Round).where(Round.call_id == call.id).order_by(Round.position, Round.id)
    ).all()
    if any(item.state != "finished" for item in rounds):
        vacant = vacant_rankings.body_of(session, call, rounds, rules, as_of=as_of)
        if vacant is not None:
            return vacant
        raise Conflict(mark("还有轮次未结束复议，暂不能排名。"))
    return final_body(session, call, rounds, rules, as_of=as_of)


def _call_of(session: Session, round_: Round) -> Call:
    return session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()


def _frozen(session: Session, call_id: int, kind: str, panel: str = "") -> Ranking | None:
    query = sa.select(Ranking).where(Ranking.call_id == call_id, Ranking.kind == kind)
    return session.scalars(query.where(Ranking.panel == panel)).first()


def _panel(round_: Round, kind: str) -> str:
    """A shortlist belongs to one panel where there are several, a final ranking to none."""
    return round_.panel if kind == "shortlist" else ""


def view(viewer: Viewer, *, round_: str) -> RankingView:
    """The frozen ranking of this round, or what it would be now. Writes nothing.

    Raises `NotFound`, `NotAllowed` before reconciliation has finished.
    """
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    call = _call_of(session, row)
    rules, kind = rules_of(call), kind_of(session, row)
    frozen = _frozen(session, call.id, kind, row.panel)
    if frozen is not None:
        return _frozen_view(session, frozen, call, row, rules)
    body = _body(session, call, row, rules, kind)
    return RankingView(
        kind,
        body,
        canonical.digest(body),
        sentences(body, rules),
        effects(body, rules),
        rules,
        call.public_id,
        row.public_id,
        None,
        None,
        None,
    )


def _frozen_view(session: Session, frozen: Ranking, call: Call, row: Round, rules: Rules) -> RankingView:
    name = session.scalar(sa.select(Account.name).where(Account.id == frozen.frozen_by))
    return RankingView(
        frozen.kind,
        frozen.body,
        frozen.digest,
        sentences(frozen.body, rules),
        effects(frozen.body, rules),
        rules,
        call.public_id,
        row.public_id,
        frozen.public_id,
        frozen.frozen_at,
        name,
    )


def final_view(viewer: Viewer, *, call: str) -> RankingView:
    """The frozen final ranking for the call's offices. Raises `NotFound` while there is none."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    frozen = _frozen(session, row.id, "final")
    if frozen is None:
        raise NotFound(mark("本批次尚未冻结排名。"))
    last = session.scalars(
        sa.select(Round).where(Round.call_id == row.id).order_by(Round.position.desc()).limit(1)
    ).one()
    return _frozen_view(session, frozen, row, last, rules_of(row))


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
        rules, kind = rules_of(call), "final" if nobody else kind_of(session, row)
        if _frozen(session, call.id, kind, _panel(row, kind)) is not None:
            raise Conflict(mark("排名已冻结，不能再次冻结。"))
        body = _body(session, call, row, rules, kind)
        if nobody and not body.get("vacant"):
            raise Conflict(mark("仍有单位进入下一环节，请按该环节的结果排名。"))
        if canonical.digest(body) != digest:
            raise Conflict(mark("试算后数据已变化，请重新查看排名后再冻结。"))
        if body["demands_look"] and len(look.strip()) < 10:
            raise Invalid(
                mark("改用其他常用规则会改变名单，须写明专家组的说明。"),
                {"look": mark("请写明专家组对规则差异的说明，至少10个字。")},
            )
        if kind == "final":
            call.state = states.advance(states.CALL, call.state, "freeze")
        ranking = _store(session, actor, call, row, {**body, "look": look.strip()})
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
        return ranking.public_id


def _store(session: Session, actor: Viewer, call: Call, row: Round, body: dict[str, Any]) -> Ranking:
    ranking = Ranking(
        call_id=call.id,
        kind=body["kind"],
        panel=_panel(row, body["kind"]),
        round_id=row.id if body["kind"] == "shortlist" else None,
        body=body,
        input_digest=canonical.digest(body["inputs"]),
        rules_digest=body["rules"],
        digest=canonical.digest(body),
        software=VERSION,
        frozen_at=now(),
        frozen_by=actor.account_id,
    )
    session.add(ranking)
    session.flush()
    ids: dict[str, int] = dict(
        session.execute(sa.select(Dossier.number, Dossier.id).where(Dossier.call_id == call.id)).all()
    )
    session.execute(
        sa.insert(RankingRow),
        [
            {
                "ranking_id": ranking.id,
                "dossier_id": ids[line["number"]],
                "place": line.get("rank"),
                "score": Decimal(line["final"]) if "final" in line else None,
                "outcome": line.get("outcome") or line["code"],
            }
            for line in [*body["rows"], *body["outside"]]
        ],
    )
    return ranking


def composites(viewer: Viewer, *, round_: str, body: Mapping[str, Any]) -> dict[str, dict[str, Decimal]]:
    """Each expert's own weighted total per ranked dossier: number -> code -> points. One query.

    Only experts who scored the dossier in every stage of `body`; the code is that of the last stage.
    Raises `NotFound`, `NotAllowed` before reconciliation has finished.
    """
    row = scopes.known_round(viewer, round_)
    policy.can_see_ranks(viewer, row).require()
    members = db.session.execute(
        sa.select(Round.stage, PanelMember.code, PanelMember.expert_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(Round.call_id == row.call_id, (Round.id == row.id) | (Round.panel == ""))
    ).all()
    stages = body["ranking"]["stages"]
    expert_of = {(stage, code): expert for stage, code, expert in members}
    shown = {expert: code or "" for stage, code, expert in members if stage == stages[-1]["key"]}
    ranked = {line["number"] for line in body["rows"]}
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
    """Whether a frozen ranking comes out of the stored sheets again, byte for byte."""

    kind: str
    digest: str
    recomputed: str

    @property
    def holds(self) -> bool:
        """The same bytes."""
        return self.digest == self.recomputed


def verify(viewer: Viewer, *, call: str) -> list[Verification]:
    """Recompute every frozen ranking of a call from its sheets, as dossiers stood then. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    rules = rules_of(row)
    found = []
    for frozen in session.scalars(sa.select(Ranking).where(Ranking.call_id == row.id).order_by(Ranking.id)):
        round_ = session.scalars(
            sa.select(Round)
            .where(Round.call_id == row.id, Round.id == frozen.round_id if frozen.round_id else sa.true())
            .order_by(Round.position.desc())
        ).first()
        if round_ is None:
            raise NotFound()
        body = _body(session, row, round_, rules, frozen.kind, frozen.frozen_at)
        again = canonical.digest({**body, "look": frozen.body["look"]})
        found.append(Verification(frozen.kind, frozen.digest, again))
    return found
