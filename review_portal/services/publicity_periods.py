"""The publicity periods of a call as they follow from what the office registered. Reads only.

A period begins with the registered appearance of a released edition of the notice on the official website.
How days are counted is in `domain.publicity_clock` and, for the office, in scoring_rubrics/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.publicity_clock import Stretch, counted_days, day_end
from review_portal.domain.working_days import WorkingCalendar
from review_portal.exports.publicity_notice import Notice
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.publicity import NoticeDraft
from review_portal.models.publicity_periods import PublicityEvent
from review_portal.models.rankings import Ranking, newest
from review_portal.services import office_calendar
from review_portal.services.publicity_facts import RELEASE, released
from review_portal.services.rules import rules_of

EndedBy = Literal["over", "takedown", "corrected"]


@dataclass(frozen=True, slots=True)
class Edition:
    """A released edition of the notice; `notice` is what it prints.

    `gone_at`: since when it is no longer the text that counts (a later edition was released, or its list is
    decided anew); `relisted`: its list is another one than that of the edition before.
    """

    number: int
    release_id: int
    released_at: datetime
    notice: Notice
    gone_at: datetime | None
    relisted: bool


@dataclass(frozen=True, slots=True)
class Period:
    """One publicity period; `number` from 1, `edition` the one that stood last in it.

    `appeared_at`, `url`: where and when it began to stand on the official website. `first_day` is the first
    day that counts, `last_day` the last, to its 24:00; it is never before the day that the edition prints.
    Both are as if the notice stayed: a period that has ended by takedown keeps the end it would have had.
    `ended_by`: over, or off the website by takedown or correction (then objections are no longer bound by it;
    where the rule does not begin anew the same period goes on with the next appearance, and is open again).
    `days_done`: days of it that are over; `today`: which day of it today is, 0 before the first.
    `counted_last` is the last day as the calendar of today has it, without the printed day.
    """

    number: int
    edition: int
    appeared_at: datetime
    url: str
    first_day: date
    last_day: date
    ended_at: datetime | None
    ended_by: EndedBy | None
    days_done: int
    today: int
    working_days: int
    counted_last: date
    printed: tuple[date | None, date | None]

    @property
    def running(self) -> bool:
        """Whether the notice stands and the period is not over."""
        return self.ended_at is None

    @property
    def ends_at(self) -> datetime:
        """24:00 of the last day: the first instant that is too late."""
        return day_end(self.last_day)


@dataclass(frozen=True, slots=True)
class Standing:
    """An edition's time on the website: the registered appearance and, where there is one, its takedown."""

    edition: Edition
    appeared: PublicityEvent
    taken_down: PublicityEvent | None

    @property
    def until(self) -> datetime | None:
        """When the edition stopped to be the text in force, None while it stands."""
        ends = [self.taken_down.at if self.taken_down else None, self.edition.gone_at]
        return min((at for at in ends if at is not None), default=None)

    @property
    def off_by(self) -> EndedBy:
        """What ended it; of no account while it stands."""
        down = self.taken_down is not None and self.until == self.taken_down.at
        return "takedown" if down else "corrected"


def editions_of(session: Session, call: Call) -> tuple[Edition, ...]:
    """Every released edition in order. Three queries."""
    rows = session.execute(
        sa.select(Approval, NoticeDraft.ranking_id, Ranking.frozen_at)
        .join(NoticeDraft, NoticeDraft.public_id == Approval.object_id)
        .join(Ranking, Ranking.id == NoticeDraft.ranking_id)
        .where(NoticeDraft.call_id == call.id, Approval.action == RELEASE, Approval.outcome == "approved")
        .order_by(Approval.decided_at, Approval.id)
    ).all()
    rules, found = rules_of(call), []
    for at, (request, ranking_id, _frozen_at) in enumerate(rows):
        following = rows[at + 1] if at + 1 < len(rows) else None
        gone_at: datetime | None
        if following is None:
            gone_at = _withdrawn_at(session, call, request)
        else:
            gone_at = following[0].decided_at if following[1] == ranking_id else following[2]
        relisted = at > 0 and rows[at - 1][1] != ranking_id
        assert request.decided_at is not None  # it is approved
        found.append(
            Edition(at + 1, request.id, request.decided_at, released(request, rules), gone_at, relisted)
        )
    return tuple(found)


def _withdrawn_at(session: Session, call: Call, request: Approval) -> datetime | None:
    """When the newest edition lost its list: a later version of the ranking took the call back."""
    if call.state not in ("ranked", "decided"):
        return None
    last = session.scalars(newest(call.id, "final")).first()
    return last.frozen_at if last is not None else request.decided_at


def events_of(session: Session, call_id: int) -> list[PublicityEvent]:
    """Every registration of the call as it was made, corrected ones included, oldest first."""
    query = sa.select(PublicityEvent).where(PublicityEvent.call_id == call_id).order_by(PublicityEvent.id)
    return list(session.scalars(query))


def in_force(events: Sequence[PublicityEvent]) -> list[PublicityEvent]:
    """The registrations that stand after corrections, in the order of their times."""
    replaced = {event.replaces_id for event in events if event.replaces_id is not None}
    standing = [event for event in events if event.id not in replaced and not event.void]
    return sorted(standing, key=lambda event: (event.at, event.id or 0))


def standings(editions: Sequence[Edition], events: Sequence[PublicityEvent]) -> list[Standing]:
    """Each appearance in force with its takedown; `events` as `in_force` gives them."""
    found = []
    for edition in editions:
        own = [event for event in events if event.release_id == edition.release_id]
        for at, event in enumerate(own):
            if event.kind == "appeared":
                after = own[at + 1] if at + 1 < len(own) else None
                down = after if after is not None and after.kind == "taken_down" else None
                found.append(Standing(edition, event, down))
    return found


def periods_of(session: Session, call: Call) -> tuple[Period, ...]:
    """Every period of the call in order; empty before an appearance is registered.

    Raises `Invalid` where the days off of a year are not known.
    """
    events = in_force(events_of(session, call.id))
    if not events:
        return ()
    counted = office_calendar.calendar(session)
    return periods_from(call, standings(editions_of(session, call), events), counted)


def periods_from(call: Call, known: Sequence[Standing], counted: WorkingCalendar) -> tuple[Period, ...]:
    """The periods that these times on the website make. Raises `Invalid` likewise."""
    found: list[Period] = []
    part: list[Standing] = []
    for standing in known:
        if part and _restarts(call, part, standing, found[-1]):
            part = []
        elif part:
            found.pop()
        part.append(standing)
        found.append(_period(call, len(found) + 1, part, counted))
    return tuple(found)


def _restarts(call: Call, part: Sequence[Standing], standing: Standing, before: Period) -> bool:
    """Whether an appearance begins a period of its own after those of `part`."""
    if standing.edition.relisted and standing.edition.number != part[-1].edition.number:
        return True
    if before.ended_by == "over":
        return True
    rules = rules_of(call).publicity
    return rules.restart_on_takedown if before.ended_by == "takedown" else rules.restart_on_correction


def _period(call: Call, number: int, part: Sequence[Standing], counted: WorkingCalendar) -> Period:
    edition = part[-1].edition
    notice, count_start = edition.notice, rules_of(call).publicity.count_start
    days = notice.working_days or rules_of(call).publicity.working_days
    stretches = [Stretch(one.appeared.at, one.until) for one in part]
    stayed = [*stretches[:-1], Stretch(stretches[-1].since)]
    planned = counted_days(stayed, days, counted, count_start=count_start)
    actual = counted_days(stretches, days, counted, count_start=count_start)
    last = max(planned[-1], notice.last_day) if notice.last_day else planned[-1]
    ended_at, ended_by = _end(part[-1], day_end(last))
    now = clock.now()
    today = local_date(now if ended_at is None else min(now, ended_at))
    return Period(
        number,
        edition.number,
        part[0].appeared.at,
        part[-1].appeared.url,
        planned[0],
        last,
        ended_at,
        ended_by,
        sum(day_end(day) <= now for day in actual),
        sum(day <= today for day in (planned if ended_at is None else actual)),
        days,
        planned[-1],
        (notice.first_day, notice.last_day),
    )


def _end(last: Standing, ends_at: datetime) -> tuple[datetime | None, EndedBy | None]:
    until = last.until
    if until is not None and until < ends_at:
        return until, last.off_by
    return (ends_at, "over") if clock.now() >= ends_at else (None, None)


def period_of(session: Session, call: Call) -> Period | None:
    """The newest period of the call; None before an appearance is registered. Raises `Invalid` likewise."""
    return next(reversed(periods_of(session, call)), None)


def over(session: Session, call: Call) -> bool:
    """Whether the edition in force has stood its full period, so that the list may become final.

    Raises `Invalid` likewise.
    """
    found, editions = period_of(session, call), editions_of(session, call)
    if found is None or not editions or editions[-1].gone_at is not None:
        return False
    return found.ended_by == "over" and found.edition == editions[-1].number
