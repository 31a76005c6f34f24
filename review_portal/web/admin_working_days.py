"""工作日表: the administrator enters the State Council's days off and make-up days of a year."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.policy import Permission
from review_portal.services import working_day_tables
from review_portal.services.working_day_tables import TableVersion, YearRow
from review_portal.web import admin
from review_portal.web.access import Desk, viewer
from review_portal.web.filters import office_date, office_time
from review_portal.web.forms import take_faults

desk = Desk("working_days", __name__, url_prefix="/admin")


class YearForm(FlaskForm):
    year = StringField(_l("年份"), description=_l("整年录入，替代系统内置的该年安排"))
    source = StringField(_l("依据文号"), description=_l("例如：国办发明电〔2026〕7号"))
    off = TextAreaField(
        _l("休假日"),
        description=_l("一行一日或一段，如2027-01-01、2月5日至11日；含放假期间的周末；平常的周末不用写"),
    )
    work = TextAreaField(_l("调休上班日"), description=_l("周末上班的日子；没有的不填"))
    reason = TextAreaField(_l("修改理由"), description=_l("该年已有工作日表的必填"))
    seen = HiddenField(default="0")


@desk.page("/working-days", permission=Permission.ADMINISTRATOR)
def listing() -> ResponseReturnValue:
    """Which years are known and from where, every version, periods that no longer agree."""
    admin.enter(_("工作日表"))
    return render_template(
        "admin/working_days.html",
        years=[_year(row) for row in working_day_tables.years(viewer())],
        versions=[_version(row) for row in working_day_tables.versions(viewer())],
        moved=[
            _(
                "%(call)s：公示正文印至%(printed)s，现算得%(counted)s。秘书处的公示期页已提示更正。",
                call=one.call_title,
                printed=office_date(one.printed),
                counted=office_date(one.counted),
            )
            for one in working_day_tables.moved_periods(viewer())
        ],
    )


def _year(row: YearRow) -> dict[str, Any]:
    if row.version is not None:
        kind, word = "done", _("已录入第%(n)s版", n=row.version)
    else:
        kind, word = ("done", _("系统内置")) if row.known else ("bad", _("未录入，不能计算"))
    return {
        "year": row.year,
        "kind": kind,
        "state": word,
        "source": row.source,
        "href": url_for("working_days.edit", year=row.year),
        "act": _("修改") if row.version is not None else _("录入"),
    }


def _version(row: TableVersion) -> dict[str, Any]:
    return {
        "title": _("%(year)s年第%(n)s版", year=row.year, n=row.version),
        "current": row.current,
        "source": row.source,
        "reason": row.reason,
        "off": _days(row.off),
        "work": _days(row.work),
        "differing": _days(row.differing),
        "by": row.entered_by,
        "at": office_time(row.entered_at),
    }


def _days(days: tuple[date, ...]) -> str:
    return "、".join(f"{day.month}-{day.day}" for day in days) or "—"


@desk.page("/working-days/edit", permission=Permission.ADMINISTRATOR, methods=("GET", "POST"))
def edit() -> ResponseReturnValue:
    """Enter or change a year; checked whole, nothing is taken in part."""
    admin.enter(_("工作日表"))
    form, status = _form(), 200
    if form.validate_on_submit():
        year = _number(form.year.data)
        try:
            working_day_tables.set_year(
                viewer(),
                year=year,
                off=form.off.data or "",
                work=form.work.data or "",
                source=form.source.data or "",
                reason=form.reason.data or "",
                seen=_number(form.seen.data) or 0,
            )
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(_("已录入%(year)s年的工作日表，各处按此计算。", year=year), "good")
            return redirect(url_for("working_days.listing"), 303)
    return render_template("admin/working_days_edit.html", form=form), status


def _form() -> YearForm:
    """Empty, or with the newest version of the year that the address names."""
    year = _number(request.args.get("year"))
    if request.method == "POST" or year is None:
        return YearForm()
    found = next((row for row in working_day_tables.versions(viewer(), year=year) if row.current), None)
    if found is None:
        return YearForm(year=str(year))
    return YearForm(
        year=str(year),
        source=found.source,
        off=working_day_tables.as_text(found.off),
        work=working_day_tables.as_text(found.work),
        seen=str(found.version),
    )


def _number(text: str | None) -> int | None:
    words = (text or "").strip()
    return int(words) if words.isascii() and words.isdigit() and len(words) <= 4 else None
