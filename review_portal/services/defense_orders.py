"""The order of the turns: committed to and drawn by a number called out in the room, or by lots on paper."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import defense_order
from review_portal.domain.defense_order import Turn
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.defense_rooms import DefenseCommitment, DefenseOrder
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.services import audit, defense_turns, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

NUMBER = re.compile(r"[0-9]{1,12}")
Turns = Sequence[sa.Row[DefenseSlot, Dossier]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment that waits for its number. `holds`: who defends and who must leave is still the same."""

    commitment: str
    committed_at: datetime
    holds: bool


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """How the order came about, for the printed record. `record` is what the check computes again.

    `leaving` are the names that the draw uses for people who leave, by unit's number.
    """

    call_title: str
    stage: str
    order: tuple[tuple[str, str, tuple[str, ...]], ...]
    departures: int
    record: Mapping[str, Any] | None
    committed_at: datetime | None
    orders: int | None
    number: str
    caller: str
    witness: str
    drawn_at: datetime
    drawn_by: str


def commit(actor: Viewer, *, round_: str) -> str:
    """Fix who defends and who must leave, draw a secret, and return its code for everybody to see.

    Raises `Conflict` when the order was drawn, or a code already stands for the same units and recusals: a
    second secret could be one that suits somebody better.
    """
    with transaction() as session:
        row, call = defense_turns.run(session, actor, round_)
        turns = _undrawn(session, row)
        fixed = _fixed(session, row, call, turns)
        last = _last(session, row)
        if last is not None and last.frozen == fixed:
            raise Conflict(mark("抽签校验码已公布，请在现场报数。"))
        secret = secrets.token_hex(32)
        made = DefenseCommitment(
            round_id=row.id,
            ordinal=(last.ordinal if last else 0) + 1,
            frozen=fixed,
            secret=secret,
            commitment=defense_order.commitment(fixed, secret),
            committed_at=now(),
            committed_by=actor.account_id,
        )
        session.add(made)
        defense_turns.room_of(session, row).version += 1
        audit.record(
            session,
            actor,
            "commit_defense_order",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"order_code": made.commitment, "ordinal": made.ordinal},
            bound=[Bound("defense_commitment", made)],
        )
        return made.commitment


def draw(actor: Viewer, *, round_: str, number: str, caller: str, witness: str) -> list[str]:
    """The order that follows from the committed secret and the number called out in the room.

    Returns the dossier numbers in order. Raises `Invalid`, and `Conflict` when nothing was committed to, the
    order was drawn already, or units or recusals have changed since the code was shown.
    """
    called = unicodedata.normalize("NFKC", number).strip()
    with transaction() as session:
        row, call = defense_turns.run(session, actor, round_)
        turns = _undrawn(session, row)
        promised = _last(session, row)
        if promised is None:
            raise Conflict(mark("请先公布抽签校验码，再在现场报数。"))
        if promised.frozen != _fixed(session, row, call, turns):
            raise Conflict(mark("校验码公布后，答辩单位或回避情形有变化。请重新公布校验码，再报数。"))
        faults = _faults(called, caller, witness)
        if faults:
            raise Invalid(mark("顺序未抽定，请更正标出的内容。"), faults)
        drawn = defense_order.draw(promised.frozen, promised.secret, called)
        body = {
            "order": list(drawn.order),
            "departures": drawn.departures,
            "way": drawn.way,
            "orders": None if drawn.orders is None else str(drawn.orders),
            "seed": defense_order.seed(promised.frozen, promised.secret, called),
        }
        made = DefenseOrder(commitment_id=promised.id, number=called, caller=caller.strip(), body=body)
        _keep(session, actor, row, call, turns, made, witness, "system")
        return list(drawn.order)


def record_lots(actor: Viewer, *, round_: str, order: Sequence[str], witness: str) -> list[str]:
    """Take the order that was drawn by lot on paper: `order` of turns' public ids, with a witness.

    Returns the dossier numbers in order. Raises `Conflict` when an order was drawn already, `Invalid`.
    """
    with transaction() as session:
        row, call = defense_turns.run(session, actor, round_)
        turns = _undrawn(session, row)
        by_id = {slot.public_id: dossier for slot, dossier in turns}
        if len(order) != len(by_id) or set(order) != set(by_id):
            raise Invalid(
                mark("现场抽签的顺序须包含全部%(n)s家单位，每家一次。", n=len(by_id)),
                {"order": mark("请核对每家单位的序号，不重不漏。")},
            )
        if not witness.strip():
            raise Invalid(mark("请填写抽签见证人。"), {"witness": mark("现场抽签须填写见证人。")})
        numbers = [by_id[public_id].number for public_id in order]
        gone = defense_turns.leaving(session, row)
        leavers = [frozenset(expert for expert, _name in gone.get(by_id[item].id, ())) for item in order]
        rounds_out = defense_order.departures([frozenset(map(str, out)) for out in leavers])
        body = {"order": numbers, "departures": rounds_out, "way": "paper", "orders": None, "seed": ""}
        made = DefenseOrder(commitment_id=None, number="", caller="", body=body)
        _keep(session, actor, row, call, turns, made, witness, "paper")
        return numbers


def _keep(
    session: Session,
    actor: Viewer,
    row: Round,
    call: Call,
    turns: Turns,
    made: DefenseOrder,
    witness: str,
    method: str,
) -> None:
    place = {number: at for at, number in enumerate(made.body["order"], start=1)}
    for slot, dossier in turns:
        slot.position = place[dossier.number]
    made.round_id, made.witness = row.id, witness.strip()
    made.drawn_at, made.drawn_by = now(), actor.account_id
    session.add(made)
    defense_turns.room_of(session, row).version += 1
    audit.record(
        session,
        actor,
        "draw_defense_order",
        object_kind="round",
        object_id=row.public_id,
        call_id=call.id,
        detail={
            "order": made.body["order"],
            "method": method,
            "called_number": made.number,
            "called_by": made.caller,
            "witness": made.witness,
            "times_out": made.body["departures"],
        },
        bound=[Bound("defense_order", made)],
    )


def _undrawn(session: Session, row: Round) -> Turns:
    turns = defense_turns.taking_part(session, row)
    if not turns:
        raise Conflict(mark("请先生成答辩名单，再抽签。"))
    if any(slot.position is not None for slot, _dossier in turns):
        raise Conflict(mark("答辩顺序已抽定，不能重抽。"))
    return turns


def _fixed(session: Session, row: Round, call: Call, turns: Turns) -> dict[str, Any]:
    """What the code binds. People are told apart by names that say nothing: R1 leaves for the first unit."""
    gone = defense_turns.leaving(session, row)
    names: dict[int, str] = {}
    listed = []
    for _slot, dossier in turns:
        for expert, _name in gone.get(dossier.id, ()):
            names.setdefault(expert, f"R{len(names) + 1}")
        leavers = frozenset(names[expert] for expert, _name in gone.get(dossier.id, ()))
        listed.append(Turn(dossier.number, leavers))
    return defense_order.frozen(row.public_id, rules_of(call).defense.order, listed)


def _last(session: Session, row: Round) -> DefenseCommitment | None:
    return session.scalars(
        sa.select(DefenseCommitment)
        .where(DefenseCommitment.round_id == row.id)
        .order_by(DefenseCommitment.ordinal.desc())
        .limit(1)
    ).first()


def _faults(called: str, caller: str, witness: str) -> dict[str, Message]:
    faults: dict[str, Message] = {}
    if not NUMBER.fullmatch(called):
        faults["number"] = mark("请填写现场报出的数字，1至12位。")
    if len(caller.strip()) < 2:
        faults["caller"] = mark("请填写报数人的单位或身份和姓名。")
    if len(witness.strip()) < 2:
        faults["witness"] = mark("请填写见证人。")
    return faults


def rule(viewer: Viewer, *, round_: str) -> str:
    """How the call wants the order drawn: fewest_departures or random. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return rules_of(call).defense.order


def promise(viewer: Viewer, *, round_: str) -> Promise | None:
    """The code that stands for the draw to come, None before there is one. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    session = db.session()
    last = _last(session, row)
    if last is None:
        return None
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    same = last.frozen == _fixed(session, row, call, defense_turns.taking_part(session, row))
    return Promise(last.commitment, last.committed_at, same)


def order_record(viewer: Viewer, *, round_: str) -> OrderRecord:
    """How the order came about, with everything that computing it again takes. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    session = db.session()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    found = session.execute(
        sa.select(DefenseOrder, DefenseCommitment, Account.name)
        .outerjoin(DefenseCommitment, DefenseCommitment.id == DefenseOrder.commitment_id)
        .join(Account, Account.id == DefenseOrder.drawn_by)
        .where(DefenseOrder.round_id == row.id)
    ).first()
    if found is None:
        raise NotFound()
    made, promised, drawn_by = found
    units = {
        dossier.number: dossier.unit_name
        for dossier in session.scalars(
            sa.select(Dossier)
            .join(DefenseSlot, DefenseSlot.dossier_id == Dossier.id)
            .where(DefenseSlot.round_id == row.id)
        )
    }
    names = {item["number"]: tuple(item["leaving"]) for item in promised.frozen["turns"]} if promised else {}
    orders = made.body["orders"]
    return OrderRecord(
        call.title,
        rules_of(call).round_name(row.stage, row.panel),
        tuple((number, units[number], names.get(number, ())) for number in made.body["order"]),
        made.body["departures"],
        _record(made, promised) if promised else None,
        promised.committed_at if promised else None,
        None if orders is None else int(orders),
        made.number,
        made.caller,
        made.witness,
        made.drawn_at,
        drawn_by,
    )


def _record(made: DefenseOrder, promised: DefenseCommitment) -> dict[str, Any]:
    return {
        "frozen": promised.frozen,
        "commitment": promised.commitment,
        "secret": promised.secret,
        "number": made.number,
        **{name: made.body[name] for name in ("seed", "order", "departures", "way")},
    }
