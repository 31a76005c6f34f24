"""What the record's and the absence's pages are given: typed rows, two texts, who has said what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _

from review_portal.services.defense_absence import Absence, LateNote, Statement
from review_portal.services.defense_minutes import (
    ASKERS,
    EXCHANGES_MAX,
    PARTS,
    Attendee,
    Exchange,
    RecordRow,
    SlotView,
    changed,
)
from review_portal.web.defense_pages import field_time, office_instant
from review_portal.web.filters import office_time
from review_portal.web.forms import say

_TEXTS = ("commitments", "opinion", "result", "conditions", "reason")
_BLANK_ROWS, _ROWS_MIN = 2, 4
_BLANK_PERSON, _BLANK_EXCHANGE = Attendee("", "", False), Exchange("expert", "", "")


def typed_attendees(most: int) -> list[Attendee]:
    """The rows of persons as typed, blank ones left out; one row more than allowed is read, too."""
    rows = [
        Attendee(
            request.form.get(f"name-{n}", "").strip(),
            request.form.get(f"role-{n}", "").strip(),
            bool(request.form.get(f"checked-{n}")),
            not request.form.get(f"guest-{n}"),
        )
        for n in range(most + 1)
    ]
    return [row for row in rows if row.name or row.role]


def typed_exchanges() -> list[Exchange]:
    """The rows of questions and answers as typed, blank ones left out; one more than allowed is read, too."""
    rows = [
        Exchange(
            request.form.get(f"asker-{n}", "expert"),
            request.form.get(f"question-{n}", "").strip(),
            request.form.get(f"answer-{n}", "").strip(),
        )
        for n in range(EXCHANGES_MAX + 1)
    ]
    return [row for row in rows if row.question or row.answer]


def record_values(view: SlotView) -> dict[str, Any]:
    """What the record's form shows: as typed after a refusal, else the newest version, else nothing."""
    last = view.records[-1] if view.records else None
    if request.method == "POST":
        people, said = typed_attendees(view.attendees_max), typed_exchanges()
        texts = {name: request.form.get(name, "") for name in (*_TEXTS, "arrived_at")}
    else:
        people, said = (list(last.attendees), list(last.exchanges)) if last else ([], [])
        texts = {name: getattr(last, name) or "" if last else "" for name in _TEXTS} | {"reason": ""}
        texts["arrived_at"] = field_time(last.arrived_at) if last else ""
    rows = min(EXCHANGES_MAX, max(_ROWS_MIN, len(said) + _BLANK_ROWS))
    return {
        **texts,
        "attendees": people + [_BLANK_PERSON] * (view.attendees_max - len(people)),
        "exchanges": said + [_BLANK_EXCHANGE] * (rows - len(said)),
    }


def both(view: SlotView, theirs: RecordRow) -> list[tuple[str, str, str]]:
    """Label, own text, stored text of what differs between two people's minutes."""
    mine = record_values(view)
    arrived = office_instant(mine["arrived_at"])
    pairs = [
        ("attendees", people_words(mine["attendees"]), people_words(theirs.attendees)),
        ("arrived_at", office_time(arrived), office_time(theirs.arrived_at)),
        ("exchanges", exchange_words(mine["exchanges"]), exchange_words(theirs.exchanges)),
        ("commitments", mine["commitments"], theirs.commitments),
        ("opinion", mine["opinion"], theirs.opinion),
        ("result", view.words.get(mine["result"], "—"), view.words.get(theirs.result or "", "—")),
        ("conditions", mine["conditions"], theirs.conditions),
    ]
    return [(say(PARTS[name]), own or "—", stored or "—") for name, own, stored in pairs if own != stored]


def people_words(people: Sequence[Attendee]) -> str:
    """Who came, in one line: who was not checked or does not belong to the unit is said."""
    words = []
    for person in people:
        if person.name or person.role:
            more = "" if person.checked else _("，身份未核验")
            more += "" if person.own else _("，非本单位人员")
            words.append(f"{person.name}（{person.role}{more}）")
    return "；".join(words)


def exchange_words(exchanges: Sequence[Exchange]) -> str:
    """Questions and answers, one pair a line."""
    rows = [row for row in exchanges if row.question or row.answer]
    return "\n".join(
        _(
            "%(n)s.%(asker)s问：%(question)s　答：%(answer)s",
            n=n,
            asker=say(ASKERS[row.asker]) if row.asker in ASKERS else row.asker,
            question=row.question,
            answer=row.answer or "—",
        )
        for n, row in enumerate(rows, start=1)
    )


def versions(view: SlotView) -> list[dict[str, Any]]:
    """All versions, the newest first, each with what it changed."""
    found = []
    for index, row in enumerate(view.records):
        before = view.records[index - 1] if index else None
        parts = [say(PARTS[name]) for name in changed(before, row)] if before else []
        found.append(
            {
                "row": row,
                "people": people_words(row.attendees),
                "exchanges": exchange_words(row.exchanges),
                "changed": "、".join(parts),
            }
        )
    return found[::-1]


def asker_choices() -> list[tuple[str, str]]:
    """Who may have asked."""
    return [(key, say(word)) for key, word in ASKERS.items()]


def two_people(statement: Statement | None) -> list[dict[str, str]]:
    """The two halves of an absence for `m.approvals`: the chair's statement, the supervisor's answer."""
    if statement is None:
        return [
            {"role": _("组长"), "who": "—", "when": _("尚未提请"), "kind": "", "state": ""},
            {"role": _("监督人员"), "who": "—", "when": _("尚未确认"), "kind": "", "state": ""},
        ]
    words = {"pending": _("待确认"), "approved": _("已确认"), "refused": _("未同意"), "lapsed": _("已过期")}
    kinds = {"pending": "warn", "approved": "done", "refused": "bad", "lapsed": "none"}
    return [
        {
            "role": _("组长"),
            "who": statement.asked_by,
            "when": office_time(statement.asked_at),
            "kind": "done",
            "state": _("已提请"),
        },
        {
            "role": _("监督人员"),
            "who": statement.decided_by or "—",
            "when": office_time(statement.decided_at),
            "kind": kinds[statement.outcome],
            "state": words[statement.outcome],
        },
    ]


def late_people(notes: Sequence[LateNote]) -> list[dict[str, str]]:
    """The two halves of a late arrival for `m.approvals`."""
    said = {note.side: note for note in notes}
    people = []
    for side, role in (("chair", _("组长")), ("supervisor", _("监督人员"))):
        note = said.get(side)
        people.append(
            {
                "role": role,
                "who": note.noted_by if note else "—",
                "when": _(
                    "%(at)s到场，登记于%(noted)s",
                    at=office_time(note.arrived_at),
                    noted=office_time(note.noted_at),
                )
                if note
                else _("尚未登记"),
                "kind": ("done" if note.admitted else "bad") if note else "",
                "state": (_("同意进场") if note.admitted else _("不同意进场")) if note else "",
            }
        )
    return people


def absence_facts(view: SlotView, told: Absence) -> list[tuple[str, str]]:
    """What both look at before they say something."""
    late = _("规定时间后%(n)s分钟未到，经组长、监督人员确认，视为放弃答辩", n=view.late_minutes)
    waited = (
        _("%(n)s分钟（截至%(at)s）", n=told.waited, at=office_time(told.at))
        if told.due is not None
        else _("未排定时间，也未请进场，无法计算")
    )
    facts = [
        (_("单位"), f"{view.number}　{view.unit}"),
        (_("规定时间"), office_time(told.starts_at)),
        (_("请进场时间"), office_time(told.called_at)),
    ]
    return [*facts, *([(_("已等候"), waited)] if told.open else []), (_("迟到规定"), late)]
