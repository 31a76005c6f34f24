"""What the pages of the publicity clock say: service data in the shapes of the components."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.clock import OFFICE_ZONE
from review_portal.domain.messages import Message, mark
from review_portal.services.publicity_clock_views import ClockView, EventRow
from review_portal.services.publicity_periods import Period
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import say

_ENDS: dict[str | None, tuple[str, Message]] = {
    None: ("part", mark("公示中")),
    "over": ("done", mark("已届满")),
    "takedown": ("warn", mark("已撤下")),
    "corrected": ("warn", mark("文本已更正")),
}
_KINDS = {"appeared": mark("刊登"), "taken_down": mark("撤下")}


def local(at: datetime) -> datetime:
    """A moment as a form's field shows it: the office's wall clock."""
    return at.astimezone(OFFICE_ZONE).replace(tzinfo=None)


def page(found: ClockView, call: str) -> dict[str, Any]:
    """What templates/publicity/clock.html is given beside the call."""
    period = found.period
    return {
        "head": _head(found),
        "facts": _facts(period) if period else [],
        "problem": say(found.problem) if found.problem else "",
        "differing": [say(text) for text in found.differing],
        "next": due_next(found),
        "periods": [_period(one) for one in reversed(found.periods)],
        "rows": [_row(one, call) for one in reversed(found.events)],
        "may_appear": found.may_appear,
        "may_take_down": found.stands and found.state == "publicity",
        "ics": url_for("publicity_clock.calendar", call=call) if period and period.running else "",
        "public": url_for("public.notice", call=call) if period and period.running else "",
        "editable": found.state == "publicity",
    }


def _head(found: ClockView) -> tuple[str, str]:
    """State and word for the page's head."""
    if found.edition is None:
        return "none", _("公示稿尚未发布")
    if found.period is None or found.period.edition != found.edition:
        return "warn", _("待登记官网刊登")
    kind, word = _ENDS[found.period.ended_by]
    return kind, say(word)


def _facts(period: Period) -> list[dict[str, Any]]:
    today = _("第%(n)s日", n=period.today) if period.today else _("未到首日")
    return [
        {
            "label": _("今日"),
            "value": today if period.running else say(_ENDS[period.ended_by][1]),
            "note": _("共%(n)s个工作日", n=period.working_days),
            "done": min(period.today, period.working_days),
            "total": period.working_days,
        },
        {"label": _("首日"), "value": office_date(period.first_day), "note": None},
        {"label": _("最后一日"), "value": office_date(period.last_day), "note": _("至24时")},
        {"label": _("官网刊登"), "value": office_time(period.appeared_at), "note": None},
    ]


def due_next(found: ClockView) -> str:
    """What the office does next, in one sentence."""
    if found.edition is None:
        return _("公示稿经两人同意发布后，在官网刊登，再到本页登记。")
    if found.problem is not None:
        return _("请系统管理员在“工作日表”中录入该年的休假日和调休上班日。")
    period = found.period
    if period is None or period.edition != found.edition:
        return _(
            "请在官网刊登第%(n)s版公示文本，并登记刊登时间、网址和截图。公示页在登记后对外显示。",
            n=found.edition,
        )
    if period.ended_by == "takedown":
        if found.restarts:
            return _("公示已撤下。重新刊登后请登记，公示期自重新刊登之日起重新起算。")
        return _("公示已撤下。重新刊登后请登记，公示期自重新刊登之日起接着计算。")
    if period.ended_by is not None:
        return _("公示期已届满。没有未办结的异议的，可以形成公布名单。")
    return _("%(day)s24时届满，前一日请核对异议办理情况。", day=office_date(period.last_day))


def _period(period: Period) -> dict[str, Any]:
    kind, word = _ENDS[period.ended_by]
    return {
        "number": period.number,
        "edition": period.edition,
        "days": _span(period.first_day, period.last_day),
        "done": f"{min(period.days_done, period.working_days)}／{period.working_days}",
        "kind": kind,
        "state": say(word),
        "ended": office_time(period.ended_at - timedelta(minutes=1))
        if period.ended_by == "over" and period.ended_at
        else office_time(period.ended_at),
    }


def _span(first: date, last: date) -> str:
    return _("%(first)s至%(last)s", first=office_date(first), last=office_date(last))


def _row(row: EventRow, call: str) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": say(_KINDS[row.kind]),
        "edition": row.edition,
        "at": office_time(row.at),
        "url": row.url,
        "shot": url_for("publicity_clock.screenshot", call=call, file=row.file) if row.file else "",
        "code": row.sha256,
        "reason": row.reason,
        "state": _standing(row),
        "by": row.registered_by,
        "registered_at": office_time(row.registered_at),
        "off": not row.in_force,
        "correct": url_for("publicity_clock.correct", call=call, event=row.public_id) if row.in_force else "",
    }


def _standing(row: EventRow) -> tuple[str, str]:
    if row.replaced_by is not None:
        return "out", _("已由第%(n)s条更正", n=row.replaced_by)
    if row.void:
        return "out", _("撤销第%(n)s条", n=row.replaces)
    if row.replaces is not None:
        return "done", _("有效，更正第%(n)s条", n=row.replaces)
    return "done", _("有效")


def before_appearance(found: ClockView) -> list[str]:
    """What a person should know before registering an appearance."""
    lines = [_("公示期自登记的刊登时间起算；登记以后，公示页对外显示，届满当日24时关闭。")]
    if found.period is not None and found.period.ended_by != "over":
        lines.append(
            _("公示期重新起算，此前的天数不计。")
            if found.restarts
            else _("此前的天数保留，自本次刊登起接着计算。")
        )
    lines.append(_("登记后不能修改；填错的，另行更正并写明理由，原登记留存。"))
    return lines


def no_appearance(found: ClockView) -> str:
    """Why no appearance can be registered now, '' when it can."""
    if found.may_appear:
        return ""
    if found.problem is not None:
        return say(found.problem)
    if found.stands:
        return _("公示已登记刊登。登记有误的请更正；撤下后重新刊登的，请先登记撤下。")
    if found.state != "publicity":
        return _("名单不在公示中，不能登记。")
    return _("公示期已届满，不用再登记刊登。")


def no_takedown(found: ClockView) -> str:
    """Why no takedown can be registered now, '' when it can."""
    if found.stands and found.state == "publicity":
        return ""
    return _("现行公示没有登记在官网刊登，不用登记撤下。")


def before_takedown(found: ClockView) -> list[str]:
    """What a person should know before registering a takedown."""
    return [
        _("登记以后，公示页不再对外显示；撤下当日不计入公示期。"),
        _("重新刊登后请再次登记；是否重新起算以批次规则为准。"),
    ]


def before_correction(row: EventRow) -> list[str]:
    """Which registration is corrected."""
    at = office_time(row.at)
    which = (
        _("更正第%(n)s条登记：%(at)s刊登。", n=row.number, at=at)
        if row.kind == "appeared"
        else _("更正第%(n)s条登记：%(at)s撤下。", n=row.number, at=at)
    )
    return [which, _("原登记留存，公示期按更正后的登记重新计算。")]
