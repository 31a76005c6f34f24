"""工作日表: an administrator enters a year's days off and make-up days; the newest version counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import chinese_calendar
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import db, now, transaction
from review_portal.domain import policy, working_day_list
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.domain.working_days import WorkingCalendar
from review_portal.models.accounts import Account
from review_portal.models.calls import Call
from review_portal.models.working_day_tables import WorkingDayTable
from review_portal.services import audit, office_calendar, publicity_periods
from review_portal.services.bindings import Bound

SOURCE_MIN, SOURCE_MAX, REASON_MIN, REASON_MAX = 4, 100, 5, 500
FIRST_YEAR, LAST_YEAR = 2004, 2100
KNOWN_YEARS = frozenset(day.year for day in chinese_calendar.holidays)


@dataclass(frozen=True, slots=True)
class TableVersion:
    """One version of a year's table. `differing`: days that it changes against what counted before it."""

    public_id: str
    year: int
    version: int
    off: tuple[date, ...]
    work: tuple[date, ...]
    source: str
    reason: str
    entered_at: datetime
    entered_by: str
    current: bool
    differing: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year and where its days come from: a table's `version`, None for the library, or not `known`."""

    year: int
    known: bool
    version: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A running publicity period whose last day the calendar puts elsewhere than its notice prints."""

    call_title: str
    printed: date
    counted: date


def years(viewer: Viewer) -> list[YearRow]:
    """The years around the present one, and every year with a table. Raises `NotAllowed`."""
    policy.can_keep_calendar(viewer).require()
    tables = office_calendar.newest_tables(db.session())
    this = local_date(clock.now()).year
    return [
        YearRow(
            year,
            year in tables or year in KNOWN_YEARS,
            tables[year].version if year in tables else None,
            tables[year].source if year in tables else "",
        )
        for year in sorted({this - 1, this, this + 1, *tables}, reverse=True)
    ]


def versions(viewer: Viewer, *, year: int | None = None) -> list[TableVersion]:
    """Every version of every table (or of one year's), newest year and version first. Two queries.

    Raises `NotAllowed`.
    """
    policy.can_keep_calendar(viewer).require()
    query = sa.select(WorkingDayTable, Account.name).join(Account, Account.id == WorkingDayTable.entered_by)
    if year is not None:
        query = query.where(WorkingDayTable.year == year)
    rows = db.session.execute(query.order_by(WorkingDayTable.year, WorkingDayTable.version)).all()
    newest = {row.year: row for row, _name in rows}
    found, previous = [], dict[int, WorkingDayTable]()
    for row, name in rows:
        found.append(_version(row, name, newest[row.year] is row, previous.get(row.year)))
        previous[row.year] = row
    return sorted(found, key=lambda one: (-one.year, -one.version))


def _version(row: WorkingDayTable, name: str, current: bool, before: WorkingDayTable | None) -> TableVersion:
    own, earlier = _calendar(row), _calendar(before) if before is not None else WorkingCalendar()
    return TableVersion(
        row.public_id,
        row.year,
        row.version,
        tuple(map(date.fromisoformat, row.off)),
        tuple(map(date.fromisoformat, row.work)),
        row.source,
        row.reason,
        row.entered_at,
        name,
        current,
        _differing(row.year, earlier, own) if before is not None or row.year in KNOWN_YEARS else (),
    )


def _calendar(row: WorkingDayTable) -> WorkingCalendar:
    return WorkingCalendar.from_table({"off": row.off, "work": row.work, "years": [row.year]})


def _differing(year: int, before: WorkingCalendar, after: WorkingCalendar) -> tuple[date, ...]:
    start = date(year, 1, 1)
    days = (start + timedelta(days=step) for step in range((date(year + 1, 1, 1) - start).days))
    return tuple(day for day in days if before.is_working(day) != after.is_working(day))


def moved_periods(viewer: Viewer) -> list[Moved]:
    """Running periods that do not end on the day that their notice prints. Raises `NotAllowed`."""
    policy.can_keep_calendar(viewer).require()
    session, found = db.session(), []
    for call in session.scalars(sa.select(Call).where(Call.state == "publicity").order_by(Call.id)):
        try:
            period = publicity_periods.period_of(session, call)
        except Invalid:  # of a year that is not known yet
            continue
        printed = period.printed[1] if period is not None and period.running else None
        if period is not None and printed is not None and printed != period.counted_last:
            found.append(Moved(call.title, printed, period.counted_last))
    return found


def set_year(
    actor: Viewer, *, year: int | None, off: str, work: str, source: str, reason: str, seen: int
) -> str:
    """Enter a year's table, or a further version of it with the reason. Returns its public id.

    `seen` is the version that the page showed, 0 for none. Raises `Invalid` by field with every fault by
    line (nothing is taken in part), `Conflict` where another was faster or nothing changes, `NotAllowed`.
    """
    with transaction() as session:
        policy.can_keep_calendar(actor).require()
        last = office_calendar.newest_tables(session).get(year or 0)
        faults = _faults(year, source, reason, last)
        table = None
        try:
            table = (
                working_day_list.read(year, off, work) if year is not None and "year" not in faults else None
            )
        except Invalid as problem:
            faults |= problem.fields
        if faults or table is None:
            raise Invalid(mark("工作日表未录入，请按提示更正。所填内容已保留。"), faults)
        if seen != (last.version if last else 0):
            raise Conflict(mark("该年的工作日表刚有新的版次。请核对后再提交。"))
        made = WorkingDayTable(
            year=table.year,
            version=seen + 1,
            off=[day.isoformat() for day in table.off],
            work=[day.isoformat() for day in table.work],
            source=source.strip(),
            reason=reason.strip() if last else "",
            entered_at=now(),
            entered_by=actor.account_id,
        )
        if last is not None and (last.off, last.work, last.source) == (made.off, made.work, made.source):
            raise Conflict(mark("与现行的表完全相同，无须再次录入。"))
        return _keep(session, actor, made)


def _faults(year: int | None, source: str, reason: str, last: WorkingDayTable | None) -> dict[str, Message]:
    faults: dict[str, Message] = {}
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        faults["year"] = mark("请填写四位数的年份，例如2027。")
    if not SOURCE_MIN <= len(source.strip()) <= SOURCE_MAX:
        faults["source"] = mark("请填写国务院办公厅通知的文号，例如国办发明电〔2026〕7号。")
    if last is not None and not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        faults["reason"] = mark(
            "该年已有第%(n)s版，请写明修改的理由，%(least)s至%(most)s个字。",
            n=last.version,
            least=REASON_MIN,
            most=REASON_MAX,
        )
    return faults


def _keep(session: Session, actor: Viewer, made: WorkingDayTable) -> str:
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor,
        "set_working_days",
        object_kind="working_days",
        object_id=made.public_id,
        detail={
            "year": made.year,
            "table": made.version,
            "source": made.source,
            "days_off": len(made.off),
            "days_work": len(made.work),
        },
        bound=[Bound("working_day_table", made)],
    )
    return made.public_id


def as_text(days: Sequence[date]) -> str:
    """Days as they are pasted: one a line."""
    return "\n".join(day.isoformat() for day in days)
