"""材料分组: which of a stage's panels scores which dossiers, recorded before any of them opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.panel_split import dealt
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.panel_splits import PanelSplit
from review_portal.models.reviews import Review
from review_portal.services import audit, panel_parts, scopes
from review_portal.services.bindings import Bound
from review_portal.services.ranking_words import panel_name
from review_portal.services.rules import rules_of

REASON_MIN = 10


@dataclass(frozen=True, slots=True)
class PanelLine:
    """One panel of the stage: how many go on from it, how many dossiers it has, how many in turn."""

    round_: str
    name: str
    short: str
    places: int
    held: int
    dealt: int


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A dossier: the round of its panel (empty: none yet), and the one that it gets in turn."""

    dossier: str
    number: str
    unit: str
    recommender: str
    round_: str
    dealt: str


@dataclass(frozen=True, slots=True)
class SplitView:
    """How the dossiers are shared out. `closed`: why that can no longer, or not yet, be changed."""

    stage: str
    panels: tuple[PanelLine, ...]
    rows: tuple[SplitRow, ...]
    method: str
    reason: str
    made_at: datetime | None
    made_by: str
    closed: Message | None
    stale: bool

    @property
    def recorded(self) -> bool:
        """Whether every dossier has its panel."""
        return self.made_at is not None and not self.stale


def _rounds(session: Session, call: Call, *, lock: bool = False) -> Sequence[Round]:
    """The rounds of the panels. Raises `NotFound` where the call has one panel a stage."""
    query = (
        sa.select(Round)
        .where(Round.call_id == call.id, Round.panel != "", Round.state != "void")
        .order_by(Round.position, Round.id)
    )
    found = session.scalars(query.with_for_update() if lock else query).all()
    if not found:
        raise NotFound()
    return found


def _dossiers(session: Session, call: Call) -> Sequence[Dossier]:
    return session.scalars(
        sa.select(Dossier)
        .where(Dossier.call_id == call.id, Dossier.state == "eligible")
        .order_by(Dossier.number)
    ).all()


def _in_turn(call: Call, rounds: Sequence[Round], dossiers: Sequence[Dossier]) -> dict[str, str]:
    """Dossier -> round, dealt in turn by number."""
    rules = rules_of(call)
    places = [rules.places(row.stage, row.panel) for row in rounds]
    at = dealt([item.number for item in dossiers], places)
    return {item.public_id: rounds[panel].public_id for item, panel in zip(dossiers, at, strict=True)}


def _closed(call: Call, rounds: Sequence[Round]) -> Message | None:
    if any(row.state != "draft" for row in rounds):
        return mark("已有评审组开启评审，材料分组不能再改。")
    if call.state in ("draft", "receiving"):
        return mark("受理尚未结束。全部材料作出受理决定后再分组。")
    return None if call.state == "reviewing" else mark("本批次评审已结束，材料分组不能再改。")


def view(viewer: Viewer, *, call: str) -> SplitView:
    """The split as it is recorded, or as it would be in turn. Five queries. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    rounds, dossiers = _rounds(session, row), _dossiers(session, row)
    rules, stage = rules_of(row), rounds[0].stage
    split = panel_parts.latest_split(session, row.id, stage)
    held = _of_dossiers(split.shares) if split else {}
    turn = _in_turn(row, rounds, dossiers)
    rows = tuple(
        SplitRow(
            item.public_id,
            item.number,
            item.unit_name,
            item.recommender,
            held.get(item.public_id, ""),
            turn[item.public_id],
        )
        for item in dossiers
    )
    by = session.scalar(sa.select(Account.name).where(Account.id == split.made_by)) if split else None
    return SplitView(
        rules.stage(stage).name,
        tuple(
            PanelLine(
                one.public_id,
                rules.round_name(one.stage, one.panel),
                panel_name(rules, one.panel),
                rules.places(one.stage, one.panel),
                sum(line.round_ == one.public_id for line in rows),
                sum(line.dealt == one.public_id for line in rows),
            )
            for one in rounds
        ),
        rows,
        split.method if split else "",
        split.reason if split else "",
        split.made_at if split else None,
        by or "",
        _closed(row, rounds),
        any(not line.round_ for line in rows),
    )


def _of_dossiers(shares: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {dossier: round_ for round_, share in shares.items() for dossier in share}


def record(actor: Viewer, *, call: str, choices: Mapping[str, str], reason: str = "") -> None:
    """Share the dossiers out: dossier -> round, public ids. The same split once more changes nothing.

    Otherwise than in turn by number only with a reason. Sheets assigned to a panel that loses the dossier are
    taken back. Raises `Invalid` on a dossier left out, an empty panel and a missing reason, `Conflict` once a
    panel has opened, `NotAllowed`.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        rounds, dossiers = _rounds(session, row, lock=True), _dossiers(session, row)
        closed = _closed(row, rounds)
        if closed is not None:
            raise Conflict(closed)
        _refuse_unfit(rounds, dossiers, choices)
        turn = _in_turn(row, rounds, dossiers)
        method, reason = ("dealt", "") if dict(choices) == turn else ("chosen", reason.strip())
        if method == "chosen" and len(reason) < REASON_MIN:
            sentence = mark("分组与按编号轮流的结果不同，请写明理由，至少%(n)s个字。", n=REASON_MIN)
            raise Invalid(sentence, {"reason": sentence})
        last = panel_parts.latest_split(session, row.id, rounds[0].stage)
        if last and (_of_dossiers(last.shares), last.reason) == (dict(choices), reason):
            return
        split = PanelSplit(
            call_id=row.id,
            stage=rounds[0].stage,
            method=method,
            reason=reason,
            shares={
                one.public_id: [
                    item.public_id for item in dossiers if choices[item.public_id] == one.public_id
                ]
                for one in rounds
            },
            made_at=now(),
            made_by=actor.account_id,
        )
        session.add(split)
        session.flush()
        _take_back(session, rounds, dossiers, choices)
        _tell(session, actor, row, split, rounds, dossiers, choices)


def _refuse_unfit(rounds: Sequence[Round], dossiers: Sequence[Dossier], choices: Mapping[str, str]) -> None:
    known, wanted = {item.public_id for item in dossiers}, {one.public_id for one in rounds}
    if set(choices) - known or set(choices.values()) - wanted - {""}:
        raise Invalid(mark("材料或评审组已有变化，未作任何改动。请刷新页面后重新选择。"))
    lacking = [item for item in dossiers if not choices.get(item.public_id)]
    if lacking:
        raise Invalid(
            mark("还有%(n)s份材料没有选定评审组。", n=len(lacking)),
            {f"panel-{item.public_id}": mark("请选定评审组。") for item in lacking},
        )
    if wanted - set(choices.values()):
        raise Invalid(mark("每个评审组至少要有一份材料。"))


def _take_back(
    session: Session, rounds: Sequence[Round], dossiers: Sequence[Dossier], choices: Mapping[str, str]
) -> None:
    """Sheets assigned before, of dossiers that are another panel's now."""
    for one in rounds:
        others = [item.id for item in dossiers if choices[item.public_id] != one.public_id]
        session.execute(
            sa.delete(Review).where(
                Review.round_id == one.id, Review.dossier_id.in_(others), Review.state == "assigned"
            )
        )


def _tell(
    session: Session,
    actor: Viewer,
    call: Call,
    split: PanelSplit,
    rounds: Sequence[Round],
    dossiers: Sequence[Dossier],
    choices: Mapping[str, str],
) -> None:
    names = {one.public_id: rules_of(call).round_name(one.stage, one.panel) for one in rounds}
    audit.record(
        session,
        actor,
        "split_panels",
        object_kind="call",
        object_id=call.public_id,
        call_id=call.id,
        detail={
            "dealt": split.method == "dealt",
            "shares": [
                f"{names[one.public_id]}："
                + "、".join(item.number for item in dossiers if choices[item.public_id] == one.public_id)
                for one in rounds
            ],
        },
        bound=[Bound("panel_split", split)],
    )
