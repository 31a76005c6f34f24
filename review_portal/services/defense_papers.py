"""The notice of the defense: what it says of the meeting, each unit's letter, and who has been told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.defense_notices import WAYS
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import defense_notice
from review_portal.exports.defense_notice import DefenseNotice
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.defense_papers import DefenseMeeting, DefenseNotification
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.services import audit, defense_minutes, defense_turns, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

# what the office types once for all units: column -> label
MEETING: Final[Mapping[str, Message]] = {
    "place": mark("答辩地点"),
    "waiting_place": mark("候场地点"),
    "contact": mark("联系人"),
    "phone": mark("联系电话"),
    "issued_on": mark("发文日期"),
}
_FACT_MAX, _NOTE_MAX = 200, 2000
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The facts by column, empty where not filled yet; `version` 0 while nothing was kept."""

    facts: Mapping[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class Told:
    """A unit was told. `outdated`: its time or the place has changed since."""

    told_at: datetime
    way: str
    told_to: str
    note: str
    starts_at: datetime | None
    place: str
    recorded_at: datetime
    recorded_by: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A unit's notice and how it was told, the newest last."""

    slot: str
    round_: str
    number: str
    notice: DefenseNotice
    log: tuple[Told, ...]

    @property
    def long(self) -> str:
        """The whole text to copy."""
        return defense_notice.text(self.notice)

    @property
    def short(self) -> str:
        """The text for a phone."""
        return defense_notice.short_text(self.notice)

    @property
    def told(self) -> bool:
        """Told of time and place as they are now."""
        return any(not entry.outdated for entry in self.log)


def _office_round(viewer: Viewer, round_: str, session: Session, *, lock: bool = False) -> Round:
    """The round, for the offices of its call: whom the office writes to is not the chair's business."""
    row = scopes.known_round(viewer, round_, session=session, lock=lock)
    if not policy.can_see_call(viewer, row.call_id):
        raise NotFound()
    return row


def _stored(session: Session, row: Round) -> DefenseMeeting | None:
    return session.scalars(sa.select(DefenseMeeting).where(DefenseMeeting.round_id == row.id)).first()


def _facts(stored: DefenseMeeting | None) -> dict[str, str]:
    return {name: getattr(stored, name) if stored else "" for name in MEETING}


def meeting(viewer: Viewer, *, round_: str) -> Meeting:
    """What all notices of a round say of the meeting. Raises `NotFound`."""
    stored = _stored(db.session(), _office_round(viewer, round_, db.session()))
    return Meeting(_facts(stored), stored.version if stored else 0)


def set_meeting(actor: Viewer, *, round_: str, facts: Mapping[str, str], base_version: int) -> None:
    """Keep place, contact and date for all notices of a round; empty ones print as still to be filled.

    Raises `Invalid` by field, `Conflict` (with what stands there) where somebody else saved meanwhile.
    """
    with transaction() as session:
        row = _office_round(actor, round_, session, lock=True)
        policy.can_run_call(actor, row.call_id).require()
        stored = _stored(session, row)
        if base_version != (stored.version if stored else 0):
            raise Conflict(theirs=_facts(stored))
        kept = {name: " ".join(facts.get(name, "").split()) for name in MEETING}
        faults = {
            name: mark("最多%(most)s个字，请改短。", most=_FACT_MAX)
            for name, text in kept.items()
            if len(text) > _FACT_MAX
        }
        if kept["issued_on"] and _day(kept["issued_on"]) is None:
            faults["issued_on"] = mark("请按2023-03-15的形式填写日期。")
        if faults:
            raise Invalid(mark("有%(n)s处须更正，未保存。", n=len(faults)), faults)
        at = now()  # a query, which would write a row that is not filled yet
        if stored is None:
            stored = DefenseMeeting(round_id=row.id)
            session.add(stored)
        for name, text in kept.items():
            setattr(stored, name, text)
        stored.updated_at, stored.updated_by = at, actor.account_id
        session.flush()
        audit.record(
            session,
            actor,
            "set_defense_meeting",
            object_kind="round",
            object_id=row.public_id,
            call_id=row.call_id,
            bound=[Bound("defense_meeting", stored)],
        )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if len(text) == 10 and day.year >= 2000 else None


def notices(viewer: Viewer, *, round_: str) -> list[NoticeRow]:
    """The notices of all units that take part, in their order, for the offices. Raises `NotFound`."""
    session = db.session()
    row = _office_round(viewer, round_, session)
    slots = list(defense_turns.taking_part(session, row))
    slots.sort(key=lambda pair: (pair[0].position or 0, pair[1].number))
    return _rows(session, row, [(slot, dossier) for slot, dossier in slots])


def notice(viewer: Viewer, *, slot: str) -> NoticeRow:
    """One unit's notice, for the offices. Raises `NotFound`, for a unit that has withdrawn, too."""
    session = db.session()
    found, row, _call, dossier = defense_minutes.slot_of(session, viewer, slot, lock=False)
    if not policy.can_see_call(viewer, row.call_id) or dossier.state != "eligible":
        raise NotFound()
    return _rows(session, row, [(found, dossier)])[0]


def notices_file(viewer: Viewer, *, round_: str) -> tuple[str, bytes]:
    """Name and bytes of one document with all letters. Raises `NotFound`, where there is no unit, too."""
    rows = notices(viewer, round_=round_)
    if not rows:
        raise NotFound()
    return defense_notice.TITLE, defense_notice.write_docx([row.notice for row in rows])


def notice_file(viewer: Viewer, *, slot: str) -> tuple[str, bytes]:
    """Name and bytes of one unit's letter. Raises `NotFound`."""
    row = notice(viewer, slot=slot)
    name = f"{defense_notice.TITLE}_{row.number}_{row.notice.unit}"
    return name, defense_notice.write_docx([row.notice])


def _rows(session: Session, row: Round, slots: list[tuple[DefenseSlot, Dossier]]) -> list[NoticeRow]:
    if not slots:
        return []
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules, facts = rules_of(call), _facts(_stored(session, row))
    early = defense_turns.room_of(session, row).call_minutes
    logs = _logs(session, slots, facts["place"])
    return [
        NoticeRow(
            slot.public_id,
            row.public_id,
            dossier.number,
            DefenseNotice(
                rules.issuer,
                rules.short_title,
                rules.round_name(row.stage, row.panel),
                dossier.unit_name,
                slot.position,
                slot.starts_at,
                early,
                facts["place"],
                facts["waiting_place"],
                facts["contact"],
                facts["phone"],
                _day(facts["issued_on"]),
                rules.defense.attendees_max,
                rules.defense.present_minutes,
                rules.defense.question_minutes,
                rules.defense.late_minutes,
            ),
            logs.get(slot.id, ()),
        )
        for slot, dossier in slots
    ]


def _logs(
    session: Session, slots: list[tuple[DefenseSlot, Dossier]], place: str
) -> dict[int, tuple[Told, ...]]:
    starts = {slot.id: slot.starts_at for slot, _dossier in slots}
    found: dict[int, tuple[Told, ...]] = {}
    for item, name in session.execute(
        sa.select(DefenseNotification, Account.name)
        .join(Account, Account.id == DefenseNotification.recorded_by)
        .where(DefenseNotification.slot_id.in_(starts))
        .order_by(DefenseNotification.told_at, DefenseNotification.id)
    ):
        told = Told(
            item.told_at,
            item.way,
            item.told_to,
            item.note,
            item.starts_at,
            item.place,
            item.recorded_at,
            name,
            (item.starts_at, item.place) != (starts[item.slot_id], place),
        )
        found[item.slot_id] = (*found.get(item.slot_id, ()), told)
    return found


def record_notification(
    actor: Viewer, *, slot: str, told_at: datetime | None, way: str, told_to: str, note: str = ""
) -> None:
    """Keep that a unit was told of its time and place as they stand now: when, by what way, whom.

    The same once more, as a second press of the button sends it, changes nothing.
    Raises `Invalid` by field, `Conflict` where there is no time or place yet that could have been told.
    """
    with transaction() as session:
        found, row, call, dossier = defense_minutes.slot_of(session, actor, slot)
        policy.can_run_call(actor, call.id).require()
        place = _facts(_stored(session, row))["place"]
        if found.starts_at is None or not place:
            raise Conflict(mark("答辩时间和地点确定后方可登记通知。"))
        if dossier.state != "eligible" or row.state not in ("draft", "scoring"):
            raise Conflict(mark("该单位已撤回或本轮答辩已结束，不能再登记通知。"))
        at = now()
        faults = {}
        if told_at is None:
            faults["told_at"] = mark("请填写通知时间。")
        elif told_at > at + _MINUTE:
            faults["told_at"] = mark("通知时间晚于现在，请核对。")
        if way not in WAYS:
            faults["way"] = mark("请选择通知方式。")
        if not 2 <= len(told_to.strip()) <= _FACT_MAX:
            faults["told_to"] = mark("请写明通知到谁，2至%(most)s个字。", most=_FACT_MAX)
        if len(note.strip()) > _NOTE_MAX:
            faults["note"] = mark("最多%(most)s个字，请改短。", most=_NOTE_MAX)
        if faults:
            raise Invalid(mark("通知未登记，请更正标出的内容。"), faults)
        said = {
            "slot_id": found.id,
            "told_at": told_at,
            "way": way,
            "told_to": told_to.strip(),
            "note": note.strip(),
            "starts_at": found.starts_at,
            "place": place,
            "recorded_by": actor.account_id,
        }
        if session.scalars(sa.select(DefenseNotification).filter_by(**said)).first() is not None:
            return
        made = DefenseNotification(**said, recorded_at=at)
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "record_defense_notification",
            object_kind="defense_slot",
            object_id=found.public_id,
            call_id=call.id,
            detail={"dossier": dossier.number, "told_at": told_at},
            bound=[Bound("defense_notification", made)],
        )
