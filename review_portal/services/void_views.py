"""Requests to void a sheet for a breach of the rules, as each desk may read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.cases import ReviewVoid, VoidRequest
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.services import scopes
from review_portal.services.rules import round_name, rules_of
from review_portal.services.void_state import ACTION
from scoring_rubrics import Call as Rules

BREACHES: Final[Mapping[str, Message]] = {
    "proxy": mark("由他人代评"),
    "contact": mark("评审期间与申报单位私下接触"),
    "other": mark("其他违反评审纪律的情形"),
}
UNSEALED = ("reconciling", "finished")


@dataclass(frozen=True, slots=True)
class VoidRow:
    """A request to void a sheet and what became of it (`outcome` as an approval's).

    `code` is empty while it would pair a code with a name that the request gave; `reason` then as well.
    `asker` is the part that documents print: the chair is an expert, whom they do not name.
    """

    number: str
    unit: str
    code: str
    breach: str
    reason: str
    asked_by: str
    asker: str
    asked_at: datetime
    outcome: str
    decided_by: str
    decided_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Voidable:
    """A submitted sheet that may be named in a request: by code to the chair, by name to the supervisor."""

    who: str
    key: str


def list_voids(viewer: Viewer, *, round_: str) -> list[VoidRow]:
    """Requests of an unsealed round, oldest first. One query. Raises `NotFound`, `NotAllowed`."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    return [item for item in voids_of(db.session(), row) if item.outcome != "lapsed"]


def voids_of(session: Session, row: Round) -> list[VoidRow]:
    """What was asked about this round's sheets, as far as it may be told before the round has finished."""
    decider = aliased(Account)
    rows = session.execute(
        sa.select(VoidRequest, Approval, Dossier, PanelMember.code, Account.name, decider.name)
        .select_from(VoidRequest)
        .join(Approval, (Approval.object_id == VoidRequest.public_id) & (Approval.action == ACTION))
        .join(Review, Review.id == VoidRequest.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Account, Account.id == VoidRequest.asked_by)
        .outerjoin(decider, decider.id == Approval.decided_by)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(VoidRequest.round_id == row.id)
        .order_by(VoidRequest.id)
    )
    found = []
    for asked, approval, dossier, code, by, decided_by in rows:
        told = row.state == "finished" or asked.by_code
        lapsed = approval.outcome == "pending" and approval.expires_at <= now()
        found.append(
            VoidRow(
                dossier.number,
                dossier.unit_name,
                code or "" if told else "",
                asked.breach,
                asked.reason if told else "",
                by,
                "专家组组长" if asked.by_code else f"监督人员{by}",
                asked.asked_at,
                "lapsed" if lapsed else approval.outcome,
                decided_by or "",
                approval.decided_at,
                approval.note if told else "",
            )
        )
    return found


def voidable(viewer: Viewer, *, round_: str, dossier: str) -> tuple[str, list[Voidable]]:
    """The dossier in words and its submitted sheets as the viewer may name them. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    by_code = bool(policy.can_chair(viewer, row))
    if not by_code:
        policy.can_watch_call(viewer, row.call_id).require()
    elif row.state not in UNSEALED:
        raise NotFound()
    paper = db.session.execute(
        sa.select(Dossier.id, Dossier.number, Dossier.unit_name).where(
            Dossier.public_id == dossier, Dossier.call_id == row.call_id
        )
    ).first()
    if paper is None:
        raise NotFound()
    order = PanelMember.code if by_code else Expert.name_key
    rows = db.session.execute(
        sa.select(PanelMember.code, Expert.name, Expert.public_id)
        .select_from(Review)
        .join(Expert, Expert.id == Review.expert_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.round_id == row.id, Review.dossier_id == paper.id, Review.state == "submitted")
        .order_by(order)
    )
    who = [Voidable(code or "", code or "") if by_code else Voidable(name, key) for code, name, key in rows]
    return f"{paper.number} {paper.unit_name}", who


def scored_dossiers(viewer: Viewer, *, round_: str) -> list[tuple[str, str]]:
    """Public id and words of the dossiers of a round with submitted sheets, for who may ask. One query."""
    row = scopes.known_round(viewer, round_)
    if not policy.can_chair(viewer, row):
        policy.can_watch_call(viewer, row.call_id).require()
    elif row.state not in UNSEALED:
        raise NotFound()
    rows = db.session.execute(
        sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name)
        .join(Review, Review.dossier_id == Dossier.id)
        .where(Review.round_id == row.id, Review.state == "submitted")
        .distinct()
        .order_by(Dossier.number)
    )
    return [(public_id, f"{number} {unit}") for public_id, number, unit in rows]


@dataclass(frozen=True, slots=True)
class OwnVoid:
    """An own sheet that was voided, for its author: which, when, for what kind of breach."""

    number: str
    unit: str
    round_name: str
    breach: str
    voided_at: datetime


def list_own_voids(viewer: Viewer) -> list[OwnVoid]:
    """The viewer's own sheets that two people voided, newest first. One query."""
    if viewer.expert_id is None:
        return []
    rows = db.session.execute(
        sa.select(
            Dossier.number, Dossier.unit_name, Round.stage, Call, ReviewVoid.voided_at, VoidRequest.breach
        )
        .select_from(ReviewVoid)
        .join(VoidRequest, VoidRequest.id == ReviewVoid.request_id)
        .join(Review, Review.id == ReviewVoid.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Round, Round.id == Review.round_id)
        .join(Call, Call.id == Round.call_id)
        .where(Review.expert_id == viewer.expert_id)
        .order_by(ReviewVoid.id.desc())
    ).all()
    return [
        OwnVoid(number, unit, rules_of(call).stage(stage).name, breach, at)
        for number, unit, stage, call, at, breach in rows
    ]


def void_lines(session: Session, row: Round, rules: Rules) -> tuple[str, ...]:
    """Sheets voided for a breach, in the words that documents print. One query."""
    name = round_name(rules, row)
    return tuple(
        f"{name}作废评分表：{item.number} {item.unit}，专家{item.code}的评分因"
        f"{BREACHES[item.breach]}，经{item.asker}申请、监督人员{item.decided_by}同意作废，不计入评审。"
        f"理由：{item.reason}"
        for item in voids_of(session, row)
        if item.outcome == "approved"
    )
