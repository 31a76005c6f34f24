"""The minutes of a turn: what a version holds, what may not stand in it, what a correction changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.defense_results import result_words
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.services import scopes
from scoring_rubrics import Call as Rules

# Who asks stands by part alone: a code heard in the room would tell whose points stand behind it later.
ASKERS: Final[Mapping[str, Message]] = {"expert": mark("专家"), "chair": mark("组长")}
TEXT_MAX, NAME_MAX, EXCHANGES_MAX = 4000, 64, 40


class Attendee(NamedTuple):
    """Somebody who came for a unit; `own` is False for one who does not belong to it."""

    name: str
    role: str
    checked: bool
    own: bool = True


class Exchange(NamedTuple):
    """A question and its answer; `asker` is a key of `ASKERS`."""

    asker: str
    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One version of a turn's minutes; `result` is a stored code, None while there is none yet."""

    ordinal: int
    attendees: tuple[Attendee, ...]
    arrived_at: datetime | None
    exchanges: tuple[Exchange, ...]
    commitments: str
    opinion: str
    result: str | None
    conditions: str
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class SlotView:
    """A turn with all versions of its minutes, the newest last. `words`: result code -> word."""

    public_id: str
    round_: str
    number: str
    unit: str
    position: int | None
    starts_at: datetime | None
    called_at: datetime | None
    over_at: datetime | None
    attendees_max: int
    late_minutes: int
    words: dict[str, str]
    records: tuple[RecordRow, ...]


def slot_of(
    session: Session, actor: Viewer, slot: str, *, lock: bool = True
) -> tuple[DefenseSlot, Round, Call, Dossier]:
    """The turn, under its round's lock unless it is only read. Raises `NotFound`."""
    found = session.execute(
        sa.select(DefenseSlot, Round.public_id)
        .join(Round, Round.id == DefenseSlot.round_id)
        .where(DefenseSlot.public_id == slot)
    ).first()
    if found is None:
        raise NotFound()
    round_ = scopes.known_round(actor, found[1], session=session, lock=lock)
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    dossier = session.scalars(sa.select(Dossier).where(Dossier.id == found[0].dossier_id)).one()
    return found[0], round_, call, dossier


def latest(session: Session, slot: DefenseSlot) -> DefenseRecord | None:
    """The newest version of a turn's minutes."""
    return session.scalars(
        sa.select(DefenseRecord)
        .where(DefenseRecord.slot_id == slot.id)
        .order_by(DefenseRecord.ordinal.desc())
        .limit(1)
    ).first()


def row_of(item: DefenseRecord, name: str) -> RecordRow:
    """A stored version for reading; `name` is who recorded it."""
    return RecordRow(
        item.ordinal,
        tuple(Attendee(*person) for person in item.attendees),
        item.arrived_at,
        tuple(Exchange(*exchange) for exchange in item.exchanges),
        item.commitments,
        item.opinion,
        item.result,
        item.conditions,
        item.reason,
        item.recorded_at,
        name,
    )


def versions(session: Session, slots: Iterable[int]) -> dict[int, tuple[RecordRow, ...]]:
    """Slot id -> all versions, oldest first. One query however many turns."""
    rows = session.execute(
        sa.select(DefenseRecord, Account.name)
        .join(Account, Account.id == DefenseRecord.recorded_by)
        .where(DefenseRecord.slot_id.in_(list(slots)))
        .order_by(DefenseRecord.slot_id, DefenseRecord.ordinal)
    ).all()
    found: dict[int, tuple[RecordRow, ...]] = {}
    for item, name in rows:
        found[item.slot_id] = (*found.get(item.slot_id, ()), row_of(item, name))
    return found


def typed(attendees: Iterable[Sequence[object]]) -> list[Attendee]:
    """Persons as they are kept, blank rows left out."""
    people = [
        Attendee(str(p[0]).strip(), str(p[1]).strip(), bool(p[2]), bool(p[3]) if len(p) > 3 else True)
        for p in attendees
    ]
    return [person for person in people if person.name or person.role]


def asked(exchanges: Iterable[Sequence[str]]) -> list[Exchange]:
    """Questions and answers as they are kept, blank rows left out."""
    rows = [Exchange(e[0], e[1].strip(), e[2].strip() if len(e) > 2 else "") for e in exchanges]
    return [row for row in rows if row.question or row.answer]


def faults(
    rules: Rules,
    stage: str,
    present: Sequence[Attendee],
    exchanges: Sequence[Exchange],
    texts: Mapping[str, str],
    result: str | None,
) -> dict[str, Message]:
    """What may not be kept, by field. `texts`: commitments, opinion, conditions, reason."""
    found = {
        name: mark("最多%(most)s个字，请改短。", most=TEXT_MAX)
        for name, text in texts.items()
        if len(text) > TEXT_MAX
    }
    found |= _person_faults(rules.defense.attendees_max, present)
    if len(exchanges) > EXCHANGES_MAX:
        found["exchanges"] = mark("提问最多登记%(most)s条，请合并。", most=EXCHANGES_MAX)
    elif any(max(len(row.question), len(row.answer)) > TEXT_MAX for row in exchanges):
        found["exchanges"] = mark("每条问题和回答最多%(most)s个字，请改短。", most=TEXT_MAX)
    elif any(row.asker not in ASKERS for row in exchanges):
        found["exchanges"] = mark("请从列出的提问人中选择。")
    elif not all(row.question for row in exchanges):
        found["exchanges"] = mark("有回答而没有问题，请补写问题或清空该行。")
    if result is not None and result not in result_words(rules, stage):
        found["result"] = mark("请从列出的结论中选择。")
    conditions = texts["conditions"].strip()
    if result == "conditional" and len(conditions) < 4:
        found["conditions"] = mark("有条件的结论须写明条件，条件将写入任务书。")
    if result != "conditional" and conditions:
        found["conditions"] = mark("只有附条件的结论才填写条件，请改选结论或清空此项。")
    return found


def _person_faults(most: int, present: Sequence[Attendee]) -> dict[str, Message]:
    if not present:
        return {"attendees": mark("请登记到场人员；未到场的，由组长提请确认放弃答辩。")}
    if len(present) > most:
        return {"attendees": mark("每家单位到场不超过%(most)s人，现登记%(n)s人。", most=most, n=len(present))}
    if not all(person.name and person.role for person in present):
        return {"attendees": mark("每位到场人员须同时填写姓名和身份。")}
    if any(max(len(person.name), len(person.role)) > NAME_MAX for person in present):
        return {"attendees": mark("姓名和身份最多%(most)s个字，请改短。", most=NAME_MAX)}
    return {}


# labels of what a version holds, in the order of the page
PARTS: Final[Mapping[str, Message]] = {
    "attendees": mark("到场人员"),
    "arrived_at": mark("到场时间"),
    "exchanges": mark("提问与回答"),
    "commitments": mark("现场承诺"),
    "opinion": mark("专家组意见"),
    "result": mark("结论"),
    "conditions": mark("条件"),
}


def changed(before: RecordRow, after: RecordRow) -> tuple[str, ...]:
    """Keys of `PARTS` in which two versions differ."""
    return tuple(name for name in PARTS if getattr(before, name) != getattr(after, name))
