"""A year's days off and make-up days as they are pasted from the State Council's notice, checked whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from review_portal.domain.chinese_dates import date_text, month_day_text, weekday_text
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark

_DAY = re.compile(r"(?:(?P<year>\d{4})\s*[-/.年]\s*)?(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?$")
_DAY_ONLY = re.compile(r"(?P<day>\d{1,2})\s*日?$")
_TO = re.compile(r"\s*(?:至|到|—+|~|～)\s*")
_PARTS = re.compile(r"[、，,；;]+")
_NOISE = re.compile(r"（[^）]*）|\([^)]*\)|(?:星期|周)[一二三四五六日天]|放假|调休|上班|。")
_LONGEST = 15  # days of one holiday
# Regulation on public holidays: these are days off in every year, whatever its notice moves
_ALWAYS = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))


@dataclass(frozen=True, slots=True)
class YearTable:
    """A whole year: `off` and `work` in order."""

    year: int
    off: tuple[date, ...]
    work: tuple[date, ...]


def read(year: int, off: str, work: str) -> YearTable:
    """The table that two pasted texts make; a line holds days or spans (2月5日至11日), with 、 between them.

    Raises `Invalid` with every fault at its field (`off`, `work`), each with its line: nothing is taken in
    part.
    """
    faults: dict[str, list[Message]] = {"off": [], "work": []}
    days_off = _read_text(year, off, faults["off"])
    days_on = _read_text(year, work, faults["work"])
    _check_off(year, days_off, faults["off"])
    _check_work(days_off, days_on, faults["work"])
    if faults["off"] or faults["work"]:
        raise Invalid(
            mark("工作日表有%(n)s处须更正，整表未录入。", n=sum(map(len, faults.values()))),
            {name: together(found) for name, found in faults.items() if found},
        )
    return YearTable(year, tuple(sorted(days_off)), tuple(sorted(days_on)))


def together(found: list[Message]) -> Message:
    """Several faults of one field as one sentence after the other."""
    if len(found) == 1:
        return found[0]
    return mark("%(first)s%(rest)s", first=found[0], rest=together(found[1:]))


def _read_text(year: int, text: str, faults: list[Message]) -> dict[date, int]:
    """Day -> the line that names it."""
    days: dict[date, int] = {}
    for line, words in enumerate(text.splitlines(), start=1):
        for part in filter(None, map(str.strip, _PARTS.split(_NOISE.sub("", words)))):
            try:
                span = _span(year, part)
            except ValueError:
                faults.append(
                    mark(
                        "第%(line)s行“%(text)s”不是日期，请写成2027-02-05、2月5日或2月5日至11日。",
                        line=line,
                        text=part,
                    )
                )
                continue
            for day in span:
                if day.year != year:
                    faults.append(
                        mark(
                            "第%(line)s行%(day)s不在%(year)s年，请另在%(other)s年的表中录入。",
                            line=line,
                            day=date_text(day),
                            year=year,
                            other=day.year,
                        )
                    )
                elif day in days:
                    faults.append(
                        mark(
                            "第%(line)s行%(day)s与第%(other)s行重复，请只保留一处。",
                            line=line,
                            day=month_day_text(day),
                            other=days[day],
                        )
                    )
                else:
                    days[day] = line
    return days


def _span(year: int, text: str) -> list[date]:
    """One day, or every day of a span; its end may leave out year and month. ValueError for anything else."""
    first, *rest = _TO.split(text)
    start = _day(year, None, first)
    end = _day(start.year, start.month, rest[0]) if rest else start
    length = (end - start).days + 1
    if len(rest) > 1 or not 1 <= length <= _LONGEST:
        raise ValueError(text)
    return [start + timedelta(days=step) for step in range(length)]


def _day(year: int, month: int | None, text: str) -> date:
    found = _DAY.match(text)
    if found is not None:
        return date(int(found["year"] or year), int(found["month"]), int(found["day"]))
    alone = _DAY_ONLY.match(text)
    if alone is None or month is None:
        raise ValueError(text)
    return date(year, month, int(alone["day"]))


def _check_off(year: int, off: dict[date, int], faults: list[Message]) -> None:
    lacking = [date(year, month, day) for month, day in _ALWAYS if date(year, month, day) not in off]
    if lacking:
        days = "、".join(map(month_day_text, lacking))
        faults.append(mark("缺少法定节假日%(days)s，请核对是否粘贴完整。", days=days))


def _check_work(off: dict[date, int], work: dict[date, int], faults: list[Message]) -> None:
    for day, line in work.items():
        if day in off:
            faults.append(
                mark(
                    "第%(line)s行%(day)s在休假日第%(other)s行也有，请只保留一处。",
                    line=line,
                    day=month_day_text(day),
                    other=off[day],
                )
            )
        elif day.weekday() < 5:
            faults.append(
                mark(
                    "第%(line)s行%(day)s是%(weekday)s，本来就上班，不是调休上班日。",
                    line=line,
                    day=month_day_text(day),
                    weekday=weekday_text(day),
                )
            )
