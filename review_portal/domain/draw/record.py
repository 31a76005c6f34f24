"""The record of a draw: everything that is published, as one file of canonical JSON.

The draw itself is bound by `code`; every later replacement is bound to it by a code of its own, so that the
signed sheet's code stays good and the last code stands for the whole record.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from review_portal.domain import canonical
from review_portal.domain.draw import protocol
from review_portal.domain.draw.pool import Frozen, Seat, in_canonical_form, refuse
from review_portal.domain.draw.selection import Outcome, Seating, Skip, select
from review_portal.domain.draw.steps import Commitment, Draw, Opening, PublicValue, Reveal, draw_faults
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.frozen_json import ShapeFault, decoded, encoded
from review_portal.domain.messages import Message, mark

SCHEMA: Final = "EXDRAW-1/record/1"
# declined 婉拒, unreachable 未接通, recused 需回避, withdrew 因故退出
Leaving = Literal["declined", "unreachable", "recused", "withdrew"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Somebody left a seat, the next in order took it; no successor: nobody is left, a 补抽 is due."""

    number: int
    stratum: str
    leaver: str
    leaving: Leaving
    reason: str
    at: datetime
    skipped: tuple[Skip, ...]
    successor: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Record:
    """A complete draw with its result (None where it is void), its code, and the replacements since."""

    schema: Literal["EXDRAW-1/record/1"]
    frozen: Frozen
    commitments: tuple[Commitment, ...]
    public_value: PublicValue
    openings: tuple[Opening, ...]
    outcome: Outcome | None
    code: str
    replacements: tuple[Replacement, ...] = ()

    @property
    def last_code(self) -> str:
        """The code that stands for everything in the record."""
        return self.replacements[-1].code if self.replacements else self.code

    @property
    def draw(self) -> Draw:
        """The acts that led to the result."""
        return Draw(self.frozen, self.commitments, self.public_value, self.openings)


def draw_record(draw: Draw) -> Record:
    """Draw: rank and select by the seed that both parties and the public value give.

    Conflict: a step is missing. Invalid: a step is not as the protocol demands.
    """
    value = draw.public_value
    if value is None or not draw.complete:
        raise Conflict(mark("双方的密数都处理以后，才能抽取。"))
    refuse(draw_faults(draw))
    return assembled(draw, value)


def assembled(draw: Draw, value: PublicValue) -> Record:
    """The record that a complete draw gives, its acts unchecked: what a replay compares."""
    outcome = None if draw.void else select(draw.frozen, seed_of(draw, value))
    record = Record(SCHEMA, draw.frozen, draw.commitments, value, draw.openings, outcome, code="")
    bound = {name: value for name, value in _fields(record).items() if name not in ("code", "replacements")}
    return replace(record, code=protocol.draw_code(draw.frozen.hash, bound))


def seed_of(draw: Draw, value: PublicValue) -> str:
    """The seed of a complete draw; a party that refused counts with empty nonce and words."""
    shares = [
        (given.code, opening.nonce, opening.words) if isinstance(opening, Reveal) else (given.code, "", "")
        for given, opening in zip(draw.commitments, draw.openings, strict=True)
    ]
    return protocol.seed(draw.frozen.hash, draw.frozen.codes.frozen, shares, value.source, value.value)


def replace_member(record: Record, leaver: str, leaving: Leaving, reason: str, at: datetime) -> Record:
    """The record with one more replacement: the next in the stratum's order takes the seat.

    `leaver` is an id as it stands in the record.

    Conflict: the draw is void. Invalid: the person has no seat, no reason is given, or the time lies before
    what happened last.
    """
    if record.outcome is None:
        raise Conflict(mark("本次抽取没有结果，不能递补；请另立事项补抽。"))
    seating = seating_of(record)
    stratum = seating.stratum_of(leaver)
    refuse(_replacement_faults(record, leaver, stratum, reason, at))
    order = next(part.order for part in record.outcome.strata if part.key == stratum)
    place = seating.leave(leaver)
    successor, skipped = seating.next_in_order(str(stratum), (person.id for person in order))
    if successor is not None:
        seating.sit(successor, str(stratum), place)
    number = len(record.replacements) + 1
    entry = in_canonical_form(
        Replacement(number, str(stratum), leaver, leaving, reason, at, skipped, successor, code="")
    )
    bound = {name: value for name, value in _fields(entry).items() if name != "code"}
    code = protocol.replacement_code(record.frozen.hash, record.last_code, bound)
    return replace(record, replacements=(*record.replacements, replace(entry, code=code)))


def _replacement_faults(
    record: Record, leaver: str, stratum: str | None, reason: str, at: datetime
) -> Sequence[Message]:
    faults = []
    if stratum is None:
        faults.append(mark("“%(id)s”不在当前人选中，不能办理递补，请核对编号。", id=leaver))
    if not reason:
        faults.append(mark("请写明递补的原因。"))
    times = [entry.at for entry in record.replacements or record.openings]
    if times and at < max(times):
        faults.append(mark("递补的时间早于前一步的时间，请核对。"))
    return faults


def seating_of(record: Record) -> Seating:
    """Who sits now: the result of the draw with all replacements. A void draw has nobody."""
    seating = Seating(record.frozen)
    for part in record.outcome.strata if record.outcome else ():
        for person in part.selected:
            seating.sit(person, part.key)
    for entry in record.replacements:
        place = seating.leave(entry.leaver)
        if entry.successor is not None:
            seating.sit(entry.successor, entry.stratum, place)
    return seating


def seats(record: Record) -> tuple[Seat, ...]:
    """The seats held now, in the order of the strata and of the seats."""
    employers = {person.id: person.employer for person in record.frozen.pool}
    held = seating_of(record).seats
    return tuple(Seat(key, person, employers[person]) for key, persons in held.items() for person in persons)


def record_bytes(record: Record) -> bytes:
    """The file: canonical JSON and a line end. Equal records are equal files on every machine."""
    return canonical.dumps(encoded(record)) + b"\n"


def read_record(data: bytes) -> Record:
    """The record in a file, its form checked but not its truth (that is `verify.verify_record`).

    Invalid: no record of this schema, or a field is missing or of another type.
    """
    try:
        return decoded(Record, parsed(data))
    except ShapeFault as fault:
        raise Invalid(mark("抽取记录的“%(place)s”缺失或格式不对。", place=fault.place or SCHEMA)) from fault


def parsed(data: bytes) -> dict[str, object]:
    """The JSON object in a file. Invalid: it is no record of this schema."""
    try:
        value = json.loads(data.decode())
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair has no bytes
    except (ValueError, RecursionError) as fault:
        raise Invalid(mark("该文件不是抽取记录：无法按JSON读取。")) from fault
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise Invalid(mark("该文件不是本系统的抽取记录，或版本不同（应为%(schema)s）。", schema=SCHEMA))
    return value


def _fields(value: object) -> dict[str, object]:
    found = encoded(value)
    if not isinstance(found, dict):
        raise TypeError(f"{type(value).__name__} is no dataclass")
    return found
