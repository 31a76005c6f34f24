"""What is read for the telephone: whom to call, and the log of calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.draw import seats
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.domain.register import masked
from review_portal.models.experts import Expert
from review_portal.services import draw_state, scopes
from review_portal.services.draw_state import Standing
from review_portal.services.draw_views import Known, known_of, stratum_names


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call in the log; `who` is a number, with the name where it may be known."""

    at: datetime
    who: str
    attempt: int
    caller: str
    outcome: str
    note: str


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A seat to be confirmed; without the right to know, name and phone are empty."""

    number: str
    stratum: str
    name: str
    title: str
    phone: str
    outcome: str
    attempts: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class PhoneList:
    """The current draw's seats with their calls, newest call last. `missed` says whom nobody follows."""

    draw: str
    meeting: str
    caller: str
    calls_here: bool
    lines: tuple[PhoneLine, ...]
    log: tuple[CallLine, ...]


def phone_list(viewer: Viewer, *, round_: str) -> list[PhoneList]:
    """Whom to telephone, draw by draw, for the offices. Raises `NotFound`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    if policy.draw_party(viewer, row.call_id) is None:
        raise NotFound()
    found = [item for item in draw_state.of_round(session, row) if item.phase == "drawn"]
    known = known_of(session, row, found)
    people = {
        person.id: person
        for person in session.scalars(sa.select(Expert).where(Expert.id.in_(list(known.public_ids))))
    }
    return [_phone_list(viewer, item, known, people) for item in found]


def _phone_list(viewer: Viewer, item: Standing, known: Known, people: Mapping[int, Expert]) -> PhoneList:
    caller = known.callers.get(item.row.id)
    numbers = {expert: number for number, expert in known.experts.items()}
    mine = [call for call in known.calls if call.draw_id == item.row.id]

    def person(expert: int) -> Expert | None:
        seen = policy.can_know_drawn(viewer, known.call_id, caller, expert in known.signed_in)
        return people[expert] if seen else None

    lines = []
    calls_here = bool(policy.can_telephone(viewer, known.call_id, caller))
    record = item.record
    strata = stratum_names(record) if record else {}
    for seat in seats(record) if record else ():
        expert = known.experts[seat.id]
        calls, shown = [call for call in mine if call.expert_id == expert], person(expert)
        lines.append(
            PhoneLine(
                seat.id,
                strata[seat.stratum],
                shown.name if shown else "",
                shown.title if shown else "",
                _number(shown, calls_here) if shown else "",
                calls[-1].outcome if calls else "",
                len(calls),
                calls[-1].called_at if calls else None,
            )
        )
    log = tuple(
        CallLine(
            call.called_at,
            f"{numbers[call.expert_id]} {shown.name if (shown := person(call.expert_id)) else ''}".strip(),
            call.attempt,
            known.accounts.get(call.called_by, ""),
            call.outcome,
            call.note if person(call.expert_id) else "",
        )
        for call in mine
    )
    return PhoneList(
        item.row.public_id,
        item.row.meeting,
        known.accounts.get(caller or 0, ""),
        calls_here,
        tuple(lines),
        log,
    )


def _number(person: Expert, calls_here: bool) -> str:
    """The phone number for who telephones; for who watches only what tells two apart."""
    return person.phone if calls_here else masked(person.phone)
