"""Holds that stand: what `audit.record` refuses while one does, and what pages say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import holds
from review_portal.domain.chinese_dates import time_text
from review_portal.domain.errors import Held
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import CLERKS, Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.holds import Hold, HoldLifting
from review_portal.services import entry_rounds, scopes
from review_portal.services.rules import round_name, rules_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold that nobody has lifted, as pages show it; `round_name` is empty where the whole call is held."""

    public_id: str
    call: str
    call_title: str
    round_: str | None
    round_name: str
    reason: str
    held_at: datetime
    held_by: str


def refuse_held(
    session: Session,
    action: str,
    *,
    object_kind: str,
    object_id: str,
    call_id: int | None,
    detail: Mapping[str, object],
) -> None:
    """Refuse an act of a call or round that a supervisor holds. One query where nothing is held.

    Whoever writes on the chain comes through here behind the chain's own lock, so that between a hold's entry
    and that of its end no act of what is held can stand. Raises `Held` with who, since when and why.
    """
    if call_id is None or holds.goes_on(action, detail):
        return
    rows = session.execute(_standing().where(Hold.call_id == call_id)).all()
    if not rows:
        return
    whole = any(row.Hold.round_id is None for row in rows)
    own = None if whole else entry_rounds.round_of(session, object_kind, object_id)
    for row in rows:
        if own is None or row.Hold.round_id in (None, own):
            raise Held(_sentence(row))


def _standing() -> sa.Select[Hold, Call, Round, str]:
    lifted = sa.select(HoldLifting.id).where(HoldLifting.hold_id == Hold.id)
    return (
        sa.select(Hold, Call, Round, Account.name)
        .join(Call, Call.id == Hold.call_id)
        .join(Account, Account.id == Hold.held_by)
        .outerjoin(Round, Round.id == Hold.round_id)
        .where(~lifted.exists())
        .order_by(Hold.id)
    )


def stands(session: Session, row: Round) -> bool:
    """Whether a round is held, by itself or with its call. One query."""
    query = _standing().where(
        Hold.call_id == row.call_id, sa.or_(Hold.round_id.is_(None), Hold.round_id == row.id)
    )
    return session.execute(query.limit(1)).first() is not None


def _sentence(row: Any) -> Message:
    said = {"who": row.name, "at": time_text(row.Hold.held_at), "reason": row.Hold.reason}
    if row.Round is None:
        return mark(
            "监督人员%(who)s于%(at)s对本批次提请暂停，原因：%(reason)s。暂停期间不能办理，未作任何改动；"
            "已填写、暂存的内容均保留。",
            **said,
        )
    return mark(
        "监督人员%(who)s于%(at)s对“%(round)s”提请暂停，原因：%(reason)s。暂停期间不能办理，未作任何改动；"
        "已填写、暂存的内容均保留。",
        round=round_name(rules_of(row.Call), row.Round),
        **said,
    )


def list_standing(viewer: Viewer, *, call: str | None = None) -> list[Standing]:
    """What is held of the calls in which the viewer has a part, or of one of them. One query."""
    if not viewer.grants:
        return []
    query = _standing().where(_of(viewer))
    if call is not None:
        query = query.where(Call.public_id == call)
    return [_line(row) for row in db.session.execute(query)]


def _of(viewer: Viewer) -> sa.ColumnElement[bool]:
    typed = viewer.calls_of(*CLERKS)
    known: sa.ColumnElement[bool] = Hold.call_id.in_(scopes.visible_calls(viewer).with_only_columns(Call.id))
    return sa.true() if None in typed else known | Hold.call_id.in_(sorted(filter(None, typed)))


def _line(row: Any) -> Standing:
    return Standing(
        row.Hold.public_id,
        row.Call.public_id,
        row.Call.title,
        row.Round.public_id if row.Round else None,
        round_name(rules_of(row.Call), row.Round) if row.Round else "",
        row.Hold.reason,
        row.Hold.held_at,
        row.name,
    )


def lasted(session: Session, row: Round) -> float:
    """Seconds of a round's scoring during which it, or its call, was held and which are over. One query."""
    if row.opened_at is None:
        return 0.0
    spans = session.execute(
        sa.select(Hold.held_at, HoldLifting.lifted_at)
        .join(HoldLifting, HoldLifting.hold_id == Hold.id)
        .where(Hold.call_id == row.call_id, sa.or_(Hold.round_id.is_(None), Hold.round_id == row.id))
        .order_by(Hold.held_at)
    )
    total, reached = 0.0, row.opened_at
    for held, lifted in spans:
        begun, ended = max(held, reached), min(lifted, row.closed_at or lifted)
        if ended > begun:  # what overlaps counts once
            total, reached = total + (ended - begun).total_seconds(), ended
    return total
