"""Minutes and sign-in sheet of the defense as documents, and who came for each unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import sqlalchemy as sa

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.chinese_dates import SHANGHAI, local_date, month_day_text
from review_portal.domain.defense_notices import due_at
from review_portal.domain.defense_results import ABSTAINED, ABSTAINED_WORD, result_words
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.exports import defense_minutes as paper
from review_portal.exports import sign_in_sheet
from review_portal.exports.defense_notice import moment_text
from review_portal.exports.publicity_notice import to_fill
from review_portal.models.calls import Call, Round
from review_portal.models.defense_papers import DefenseMeeting
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Departure, PanelMember
from review_portal.services import defense_absence, defense_minutes, defense_turns, scopes
from review_portal.services.defense_absence import Statement
from review_portal.services.defense_minutes import ASKERS, PARTS, Attendee, RecordRow
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """Who came for a unit, after its newest minutes. `people` is empty while nothing is recorded.

    `late`: minutes after which it came, beyond the moment from which it is waited for; 0 in time.
    """

    slot: str
    position: int
    number: str
    unit: str
    starts_at: datetime | None
    arrived_at: datetime | None
    late: int
    people: tuple[Attendee, ...]
    checked: int
    strangers: int
    result: str | None
    withdrawn: bool


def attendance(viewer: Viewer, *, round_: str) -> list[AttendanceRow]:
    """The turns with who came, in their order, for the offices and the chair. Raises `NotFound`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    turns = session.execute(
        sa.select(DefenseSlot, Dossier)
        .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
        .where(DefenseSlot.round_id == row.id, DefenseSlot.position.is_not(None))
        .order_by(DefenseSlot.position)
    ).all()
    kept = defense_minutes.versions(session, [slot.id for slot, _dossier in turns])
    return [_attended(slot, dossier, kept.get(slot.id, ())) for slot, dossier in turns]


def _attended(slot: DefenseSlot, dossier: Dossier, records: tuple[RecordRow, ...]) -> AttendanceRow:
    last = records[-1] if records else None
    people = last.attendees if last else ()
    arrived = last.arrived_at if last else None
    due = due_at(slot.starts_at, slot.called_at)
    late = int((arrived - due).total_seconds() // 60) if arrived and due and arrived > due else 0
    return AttendanceRow(
        slot.public_id,
        slot.position or 0,
        dossier.number,
        dossier.unit_name,
        slot.starts_at,
        arrived,
        late,
        people,
        sum(person.checked for person in people),
        sum(not person.own for person in people),
        last.result if last else None,
        dossier.state != "eligible",
    )


def sign_in(viewer: Viewer, *, round_: str) -> sign_in_sheet.SignInSheet:
    """The blank sign-in sheet of a round, for the offices. Raises `NotFound`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    if not policy.can_see_call(viewer, row.call_id):
        raise NotFound()
    call, rules = _call(row)
    turns = [(slot, dossier) for slot, dossier in defense_turns.taking_part(session, row) if slot.position]
    turns.sort(key=lambda pair: pair[0].position or 0)
    place = session.scalar(sa.select(DefenseMeeting.place).where(DefenseMeeting.round_id == row.id))
    seats = session.scalar(
        sa.select(sa.func.count())
        .select_from(PanelMember)
        .where(PanelMember.round_id == row.id)
        .where(~sa.exists().where(Departure.member_id == PanelMember.id))
    )
    starts = [slot.starts_at for slot, _dossier in turns if slot.starts_at]
    return sign_in_sheet.SignInSheet(
        call.title,
        rules.round_name(row.stage, row.panel),
        place or to_fill("答辩地点"),
        tuple(
            sign_in_sheet.SignInUnit(slot.position or 0, _day_clock(slot.starts_at), dossier.unit_name)
            for slot, dossier in turns
        ),
        rules.defense.attendees_max,
        seats or 0,
        local_date(starts[0] if starts else now()),
    )


def minutes(viewer: Viewer, *, slot: str, version: int | None = None) -> paper.Minutes:
    """A version of a turn's minutes as it is printed, the newest unless said. Raises `NotFound`.

    Without any version it is the blank form, for a pen.
    """
    session = db.session()
    row, round_, _found, dossier = defense_minutes.slot_of(session, viewer, slot, lock=False)
    call, rules = _call(round_)
    kept = defense_minutes.versions(session, [row.id]).get(row.id, ())
    if version is not None:
        kept = kept[:version]
        if not kept or kept[-1].ordinal != version:
            raise NotFound()
    last = kept[-1] if kept else None
    absent = last is not None and last.result == ABSTAINED
    values = {
        paper.POSITION: f"第{row.position}家" if row.position else "",
        paper.UNIT: f"{dossier.number}　{dossier.unit_name}",
        paper.TIMES: "—".join(_clock(at) for at in (row.called_at, row.over_at) if at),
    }
    if last is not None:
        words = {**result_words(rules, round_.stage), ABSTAINED: str(ABSTAINED_WORD)}
        values |= _values(last, words)
    if absent:
        values |= _absence(viewer, slot)
    return paper.Minutes(
        call.title,
        rules.round_name(round_.stage, round_.panel),
        dossier.unit_name,
        rules.rubric_of(round_.stage).record_fields,
        values,
        tuple((str(ASKERS[e.asker]), e.question, e.answer) for e in last.exchanges) if last else (),
        _version_note(last),
        _corrections(kept),
        _dated(last, row),
        absent,
    )


def sign_in_file(viewer: Viewer, *, round_: str) -> tuple[str, bytes]:
    """Name and bytes of the blank sign-in sheet. Raises `NotFound`."""
    return sign_in_sheet.TITLE, sign_in_sheet.write_docx(sign_in(viewer, round_=round_))


def minutes_file(viewer: Viewer, *, slot: str, version: int | None = None) -> tuple[str, bytes]:
    """Name and bytes of a version of the minutes. Raises `NotFound`."""
    found = minutes(viewer, slot=slot, version=version)
    edition = f"_第{version}版" if version else ""
    return f"{paper.TITLE}_{found.unit}{edition}", paper.write_docx(found)


def _call(row: Round) -> tuple[Call, Rules]:
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return call, rules_of(call)


def _dated(last: RecordRow | None, row: DefenseSlot) -> date:
    return local_date(last.recorded_at if last else row.starts_at or now())


def _values(last: RecordRow, words: Mapping[str, str]) -> dict[str, str]:
    return {
        paper.PEOPLE: paper.people_text(last.attendees),
        paper.ARRIVED: moment_text(last.arrived_at) if last.arrived_at else "",
        paper.OPINION: last.opinion,
        paper.RESULT: words.get(last.result or "", "尚未作出"),
        paper.COMMITMENTS: last.commitments or "无",
        paper.CONDITIONS: last.conditions or "无",
    }


def _absence(viewer: Viewer, slot: str) -> dict[str, str]:
    told = defense_absence.view(viewer, slot=slot)
    agreed = [item for item in told.statements if item.outcome == "approved"]
    due, called, waited, chair, supervisor = paper.ABSENCE
    values = {
        due: moment_text(told.starts_at) if told.starts_at else "",
        called: moment_text(told.called_at) if told.called_at else "",
    }
    if agreed:
        values |= {waited: _waited(agreed[-1])} | _said(agreed[-1], chair, supervisor)
    return values


def _waited(item: Statement) -> str:
    early = f"；提前确认的原因：{item.early}" if item.early else ""
    return f"等候{item.waited}分钟{early}"


def _said(item: Statement, chair: str, supervisor: str) -> dict[str, str]:
    decided = moment_text(item.decided_at) if item.decided_at else ""
    note = f"：{item.note}" if item.note else ""
    return {
        chair: f"{item.reason}（{item.asked_by}，{moment_text(item.asked_at)}）",
        supervisor: f"同意{note}（{item.decided_by}，{decided}）",
    }


def _version_note(last: RecordRow | None) -> str:
    if last is None:
        return "空白表"
    return f"第{last.ordinal}版　{last.recorded_by}登记　{moment_text(last.recorded_at)}"


def _corrections(kept: tuple[RecordRow, ...]) -> tuple[str, ...]:
    lines = []
    for before, after in pairwise(kept):
        parts = "、".join(str(PARTS[name]) for name in defense_minutes.changed(before, after)) or "内容未变"
        why = after.reason or "登记结论以前补充，未要求理由"
        lines.append(f"第{after.ordinal}版（{moment_text(after.recorded_at)}）：更改{parts}。理由：{why}")
    return tuple(lines)


def _day_clock(moment: datetime | None) -> str:
    return f"{month_day_text(local_date(moment))} {_clock(moment)}" if moment else ""


def _clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}" if moment else ""
