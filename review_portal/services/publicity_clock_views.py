"""公示期 as the office reads it: the period, what was registered, what does not agree, what is due next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.chinese_dates import date_text, local_date, range_text
from review_portal.domain.errors import Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports import calendar_file
from review_portal.models.accounts import Account
from review_portal.models.calls import Call
from review_portal.models.files import StoredFile
from review_portal.models.publicity_periods import PublicityEvent
from review_portal.services import files, publicity_periods, scopes
from review_portal.services.publicity_periods import Edition, Period, Standing
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class EventRow:
    """A registration. `replaces`: number of the one that it corrects; `replaced_by`: the other way."""

    number: int
    public_id: str
    kind: str
    edition: int
    at: datetime
    url: str
    file: str | None
    sha256: str
    reason: str
    void: bool
    replaces: int | None
    replaced_by: int | None
    registered_at: datetime
    registered_by: str

    @property
    def in_force(self) -> bool:
        """Whether it counts."""
        return self.replaced_by is None and not self.void


@dataclass(frozen=True, slots=True)
class ClockView:
    """`edition`: number of the newest released text, None before the first; `stands`: it is on the website.

    `problem`: why days cannot be counted; `differing`: what does not agree, with what to do; `restarts`:
    whether the next appearance begins a full period anew.
    """

    state: str
    edition: int | None
    released_at: datetime | None
    period: Period | None
    periods: tuple[Period, ...]
    events: tuple[EventRow, ...]
    stands: bool
    may_appear: bool
    restarts: bool
    problem: Message | None
    differing: tuple[Message, ...]


def view(viewer: Viewer, *, call: str) -> ClockView:
    """The clock of a call, for its offices. Raises `NotFound`. Eight queries, however much is registered."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    editions = publicity_periods.editions_of(session, row)
    events = publicity_periods.events_of(session, row.id)
    known = publicity_periods.standings(editions, publicity_periods.in_force(events))
    problem, periods = None, tuple[Period, ...]()
    try:
        periods = publicity_periods.periods_of(session, row)
    except Invalid as unknown:
        problem = unknown.message
    newest = editions[-1] if editions else None
    period = periods[-1] if periods else None
    stands = bool(known) and known[-1].edition is newest and known[-1].until is None
    full = period is not None and newest is not None and _full(period, newest)
    return ClockView(
        row.state,
        newest.number if newest else None,
        newest.released_at if newest else None,
        period,
        periods,
        _rows(session, editions, events),
        stands,
        row.state == "publicity" and newest is not None and not stands and not full and problem is None,
        _restarts(row, period, newest),
        problem,
        _differing(period, known) if period is not None and period.running else (),
    )


def _full(period: Period, newest: Edition) -> bool:
    return period.edition == newest.number and period.ended_by == "over"


def _restarts(row: Call, period: Period | None, newest: Edition | None) -> bool:
    """Whether the next appearance begins a full period."""
    if period is None or newest is None or newest.relisted or period.ended_by == "over":
        return True
    rules = rules_of(row).publicity
    return rules.restart_on_takedown if period.ended_by == "takedown" else rules.restart_on_correction


def _differing(period: Period, known: Sequence[Standing]) -> tuple[Message, ...]:
    """Where what the public was told is not what is counted; the later of the two ends holds."""
    found = []
    first, last = period.printed
    if first is not None and last is not None and (first, last) != (period.first_day, period.counted_last):
        found.append(
            mark(
                "公示正文印的公示时间为%(printed)s，按登记的刊登时间应为%(counted)s。请在公示稿页发布更正后的公示；"
                "更正以前，公示期至%(last)s24时届满。",
                printed=range_text(first, last),
                counted=range_text(period.first_day, period.counted_last),
                last=date_text(period.last_day),
            )
        )
    registered = known[-1].appeared.last_day
    if registered is not None and registered != period.counted_last:
        found.append(
            mark(
                "登记刊登时算得%(then)s届满，此后工作日表或登记已改动，现算得%(now)s届满。请核对工作日表；无误的，"
                "请发布更正后的公示。",
                then=date_text(registered),
                now=date_text(period.counted_last),
            )
        )
    return tuple(found)


def _rows(
    session: Session, editions: Sequence[Edition], events: Sequence[PublicityEvent]
) -> tuple[EventRow, ...]:
    numbers = {event.id: at for at, event in enumerate(events, start=1)}
    replaced = {event.replaces_id: numbers[event.id] for event in events if event.replaces_id}
    edition_of = {edition.release_id: edition.number for edition in editions}
    people = sa.select(Account.id, Account.name).where(Account.id.in_({one.registered_by for one in events}))
    shots = sa.select(StoredFile.id, StoredFile.public_id).where(
        StoredFile.id.in_({one.file_id for one in events if one.file_id})
    )
    names: dict[int, str] = dict(session.execute(people).all())  # type: ignore[arg-type]
    kept: dict[int, str] = dict(session.execute(shots).all())  # type: ignore[arg-type]
    return tuple(
        EventRow(
            numbers[event.id],
            event.public_id,
            event.kind,
            edition_of[event.release_id],
            event.at,
            event.url,
            kept.get(event.file_id or 0),
            event.sha256,
            event.reason,
            event.void,
            numbers[event.replaces_id] if event.replaces_id else None,
            replaced.get(event.id),
            event.registered_at,
            names[event.registered_by],
        )
        for event in events
    )


def screenshot(viewer: Viewer, *, call: str, file: str) -> tuple[str, bytes]:
    """Media type and bytes of a screenshot that was registered with this call. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    found = db.session.scalar(
        sa.select(StoredFile.id)
        .join(PublicityEvent, PublicityEvent.file_id == StoredFile.id)
        .where(PublicityEvent.call_id == row.id, StoredFile.public_id == file)
    )
    if found is None:
        raise NotFound()
    stored, data = files.read(found)
    return stored.media_type, data


def calendar(viewer: Viewer, *, call: str, address: str) -> bytes:
    """The running or finished period as a calendar file: beginning, last day with a reminder, its 24:00.

    After a further registration the newer file replaces what a calendar has. Raises `NotFound` where no
    notice stands.
    """
    session = db.session()
    row = scopes.office_call(viewer, call)
    try:
        period = publicity_periods.period_of(session, row)
    except Invalid as problem:
        raise NotFound() from problem
    if period is None or period.ended_by not in (None, "over"):
        raise NotFound()
    events = publicity_periods.events_of(session, row.id)
    sequence, changed_at = len(events) - 1, events[-1].registered_at
    days = range_text(period.first_day, period.last_day)
    text = f"{row.title}\n公示期：{days}（{period.working_days}个工作日）\n{period.url}"
    begins, last, end = (
        f"{row.public_id}-publicity-{what}@review-portal" for what in ("begin", "last", "end")
    )
    return calendar_file.write(
        calendar_file.Day(
            begins, sequence, changed_at, local_date(period.appeared_at), "公示：在官网刊登", text, address
        ),
        calendar_file.Day(last, sequence, changed_at, period.last_day, "公示：最后一日", text, address),
        calendar_file.Deadline(
            end, sequence, changed_at, period.ends_at, "公示期届满（异议截止）", text, address
        ),
    )
