"""提请暂停 and its end: a supervisor stops a call or a round at once; whoever lifts says what was found.

One supervisor holds alone: a doubt waits for nobody. Any supervisor of the call lifts, also the same one (the
other may be away); both names and what was found stand on the chain and in the printed record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.holds import Hold, HoldLifting
from review_portal.services import audit, held, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import round_name, rules_of

LEAST, MOST = 10, 500


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold with its end; `seconds` how long it lasted, None while it stands."""

    public_id: str
    round_name: str
    reason: str
    held_at: datetime
    held_by: str
    finding: str
    lifted_at: datetime | None
    lifted_by: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be held: a round of the call."""

    public_id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Holds:
    """The call's holds, newest first, and the rounds that can be held by themselves."""

    call: str
    title: str
    lines: tuple[HoldLine, ...]
    rounds: tuple[Scope, ...]

    @property
    def standing(self) -> tuple[HoldLine, ...]:
        """Those that nobody has lifted."""
        return tuple(line for line in self.lines if line.lifted_at is None)


def hold(actor: Viewer, *, call: str, reason: str, round_: str = "") -> str:
    """Hold the call, or one round of it, from now on. Nothing of it is changed. Returns the public id.

    Raises `NotFound`, `NotAllowed`, `Invalid` by field, `Conflict` where the same is held already.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_watch_call(actor, row.id).require()
        only = _round(session, row, round_)
        _refuse_unfit("reason", reason)
        same = Hold.round_id.is_(None) if only is None else Hold.round_id == only.id
        lifted = sa.select(HoldLifting.id).where(HoldLifting.hold_id == Hold.id)
        if session.scalar(sa.select(Hold.id).where(Hold.call_id == row.id, same, ~lifted.exists())):
            raise Conflict(mark("该范围已经暂停，无须再次提请。"))
        made = Hold(
            call_id=row.id,
            round_id=only.id if only else None,
            reason=reason.strip(),
            held_at=now(),
            held_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        _record(session, actor, "hold", row, only, Bound("hold", made))
        return made.public_id


def _round(session: Session, row: Call, round_: str) -> Round | None:
    if not round_:
        return None
    found = session.scalars(
        sa.select(Round).where(Round.public_id == round_, Round.call_id == row.id)
    ).first()
    if found is None:
        raise NotFound()
    return found


def _refuse_unfit(field: str, text: str) -> None:
    length = len(text.strip())
    if length < LEAST:
        fault = mark("请写明具体情况，至少%(n)s个字。", n=LEAST)
    elif length > MOST:
        fault = mark("请不超过%(n)s个字。", n=MOST)
    else:
        return
    raise Invalid(mark("未作任何改动，请按提示更正。"), {field: fault})


def _record(
    session: Session, actor: Viewer, action: str, row: Call, only: Round | None, bound: Bound
) -> None:
    audit.record(
        session,
        actor,
        action,
        object_kind="round" if only else "call",
        object_id=only.public_id if only else row.public_id,
        call_id=row.id,
        bound=[bound],
    )


def lift(actor: Viewer, *, call: str, hold: str, finding: str) -> None:
    """End a hold with what was found. Raises `NotFound`, `NotAllowed`, `Invalid`, `Conflict` once lifted."""
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_watch_call(actor, row.id).require()
        found = session.scalars(sa.select(Hold).where(Hold.public_id == hold, Hold.call_id == row.id)).first()
        if found is None:
            raise NotFound()
        if session.scalar(sa.select(HoldLifting.id).where(HoldLifting.hold_id == found.id)):
            raise Conflict(mark("该次暂停已经解除。"))
        _refuse_unfit("finding", finding)
        made = HoldLifting(
            hold_id=found.id, finding=finding.strip(), lifted_at=now(), lifted_by=actor.account_id
        )
        session.add(made)
        session.flush()
        only = session.get(Round, found.round_id) if found.round_id else None
        _record(session, actor, "lift_hold", row, only, Bound("hold_lifting", made))


def list_holds(viewer: Viewer, *, call: str) -> Holds:
    """For the supervisor's page. A fixed number of queries. Raises `NotFound` for everybody else."""
    row = scopes.office_call(viewer, call)
    if not policy.can_watch_call(viewer, row.id):
        raise NotFound()
    rules, ender = rules_of(row), aliased(Account)
    rounds = {
        item.id: item
        for item in db.session.scalars(
            sa.select(Round).where(Round.call_id == row.id).order_by(Round.position, Round.id)
        )
    }
    names = {key: round_name(rules, item) for key, item in rounds.items()}
    lines = db.session.execute(
        sa.select(Hold, HoldLifting, Account.name, ender.name)
        .join(Account, Account.id == Hold.held_by)
        .outerjoin(HoldLifting, HoldLifting.hold_id == Hold.id)
        .outerjoin(ender, ender.id == HoldLifting.lifted_by)
        .where(Hold.call_id == row.id)
        .order_by(Hold.id.desc())
    )
    return Holds(
        row.public_id,
        row.title,
        tuple(
            HoldLine(
                made.public_id,
                names.get(made.round_id or 0, ""),
                made.reason,
                made.held_at,
                holder,
                end.finding if end else "",
                end.lifted_at if end else None,
                lifter or "",
                (end.lifted_at - made.held_at).total_seconds() if end else None,
            )
            for made, end, holder, lifter in lines
        ),
        tuple(Scope(item.public_id, names[item.id], item.state) for item in rounds.values()),
    )


def paused_for(viewer: Viewer, *, round_: str) -> float:
    """Seconds for which a round's scoring stood still, for whoever may extend it. Raises `NotFound`."""
    return held.lasted(db.session(), scopes.known_round(viewer, round_))
