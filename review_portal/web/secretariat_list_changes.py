"""名单变更、递补 and the appearance of their notices: forms that take a scan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, StringField, TextAreaField

from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import final_list_views, list_notices, list_scans, vacancies
from review_portal.services.final_list_views import Overview
from review_portal.services.vacancies import CAUSES, Record
from review_portal.web import office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import show
from review_portal.web.filters import code_groups
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat_forms import OfficeDateField, sent

desk = Desk("list_changes", __name__, url_prefix="/secretariat")
FORM = ("GET", "POST")
_ACCEPT = {"accept": ".pdf,.png,.jpg,.jpeg"}


class RecordForm(FlaskForm):
    """The decision that a change rests on."""

    meeting = StringField(_l("会议或来函名称"))
    held_on = OfficeDateField(_l("会议或来函日期"))
    minutes_number = StringField(_l("纪要号或来文号"), description=_l("没有编号的写“无”"))
    reason = TextAreaField(_l("理由"), description=_l("只记入监督记录，不印在公布的文件中"))
    scan = FileField(
        _l("会议纪要或来函扫描件"),
        description=_l("PDF 或图片（PNG、JPG），不超过20MB；退回更正的，须重新选择文件"),
        render_kw=_ACCEPT,
    )

    def record(self, departures: str = "") -> Record:
        """What was typed."""
        return Record(
            self.meeting.data or "",
            cast(date | None, self.held_on.data),
            self.minutes_number.data or "",
            self.reason.data or "",
            departures,
        )


class ChangeForm(RecordForm):
    cause = RadioField(_l("变更事由"), validate_choice=False)
    dossier = SelectField(
        _l("单位"), description=_l("更正文字的不选"), validate_choice=False, render_kw={"class": "measure"}
    )


class FillForm(RecordForm):
    vacancy = RadioField(_l("空出的名额"), validate_choice=False)
    dossier = RadioField(_l("递补单位"), validate_choice=False)
    departures = TextAreaField(_l("不是下一名的理由"), description=_l("所选单位不是下一名的，必填"))


class AppearanceForm(FlaskForm):
    url = StringField(_l("官网页面网址"))
    appeared_on = OfficeDateField(_l("刊登日期"), description=_l("公示期由此起算"))
    scan = FileField(
        _l("刊登页面截图"), description=_l("PDF 或图片（PNG、JPG），不超过20MB"), render_kw=_ACCEPT
    )


def _view(call: str) -> Overview:
    office_frame.enter(call, _("名单公布"))
    view = final_list_views.overview(viewer(), call=call)
    if view.none is not None:
        raise Conflict(view.none)
    return view


def _send(form: FlaskForm, act: Callable[[], object]) -> PortalError | None:
    form.validate()  # a day that is none is told beside the other faults
    try:
        act()
    except (Conflict, Invalid) as problem:
        take_faults(form, problem)
        return problem
    return None


def _page(
    form: FlaskForm,
    order: list[str],
    title: str,
    consequences: list[str],
    text: str,
    back: str,
    problem: PortalError | None,
) -> ResponseReturnValue:
    page = render_template(
        "final_list/form.html",
        form=form,
        fields=[form[name] for name in order],
        title=title,
        consequences=consequences,
        act_text=text,
        back_href=back,
    )
    return page, problem.status if problem else 200


@desk.page("/<call>/final-list/change", permission=Permission.SECRETARIAT, methods=FORM)
def change(call: str) -> ResponseReturnValue:
    """登记名单变更: a unit leaves the list, or words are put right."""
    view, form, problem = _view(call), ChangeForm(), None
    form.cause.choices = [
        (key, say(text)) for key, text in CAUSES.items() if key != "corrected" or view.versions
    ]
    form.dossier.choices = [("", _("（未选择）"))] + [
        (dossier, name) for dossier, name in final_list_views.listed(viewer(), call=call)
    ]
    back = url_for("final_list.page", call=call)
    if request.method == "POST":
        given = sent(form.scan)
        problem = _send(
            form,
            lambda: vacancies.ask_change(
                viewer(),
                call=call,
                dossier=form.dossier.data or "",
                cause=form.cause.data or "",
                record=form.record(),
                scan_name=given.name if given else "",
                scan=given.data if given else b"",
            ),
        )
        if problem is None:
            flash(_("已提交，请另一名经办人员对照纪要或来函复核。"), "good")
            return redirect(back, 303)
    consequences = [
        _("复核人同意后，该单位不再列入名单，名额空出；空出的名额按批次规则办理。"),
        _("名单已公布的，原来的一版留存，变更后另出一版；规则要求重新公示的，批次回到公示。"),
        _("更正文字的，名单不变，不重新公示，另出一版。"),
    ]
    order = ["cause", "dossier", "meeting", "held_on", "minutes_number", "reason", "scan"]
    return _page(form, order, _("登记名单变更"), consequences, _("提交复核（双人）"), back, problem)


@desk.page("/<call>/final-list/fill", permission=Permission.SECRETARIAT, methods=FORM)
def fill(call: str) -> ResponseReturnValue:
    """递补: only where the call's rule lets a decision fill a place."""
    view, form, problem = _view(call), FillForm(), None
    if not view.fills:
        raise NotFound()
    form.vacancy.choices = [
        (one.dossier, f"{one.number} {one.unit}") for one in view.vacant if not one.filled_by
    ]
    form.dossier.choices = [
        (
            one.dossier,
            _("%(unit)s（下一名）", unit=f"{one.number} {one.unit}")
            if one.next
            else f"{one.number} {one.unit}",
        )
        for one in view.newcomers
        if one.bar is None
    ]
    back = url_for("final_list.page", call=call)
    if request.method == "POST":
        given = sent(form.scan)
        problem = _send(
            form,
            lambda: vacancies.ask_fill(
                viewer(),
                call=call,
                vacancy=form.vacancy.data or "",
                dossier=form.dossier.data or "",
                record=form.record(form.departures.data or ""),
                scan_name=given.name if given else "",
                scan=given.data if given else b"",
            ),
        )
        if problem is None:
            flash(_("已提交，请另一名经办人员对照会议纪要复核。"), "good")
            return redirect(back, 303)
    consequences = [
        _("复核人同意后，另行起草只列递补单位的公示稿，双人确认后发布。"),
        _("递补单位从刊登之日起公示一个完整的公示期；期满无未办结的异议，方可列入名单。"),
        _("名单已公布的，批次回到公示，公示期满后另出一版名单。"),
    ]
    order = ["vacancy", "dossier", "departures", "meeting", "held_on", "minutes_number", "reason", "scan"]
    return _page(form, order, _("登记递补"), consequences, _("提交复核（双人）"), back, problem)


@desk.page("/<call>/final-list/enter/<dossier>", permission=Permission.SECRETARIAT, methods=FORM)
def enter(call: str, dossier: str) -> ResponseReturnValue:
    """列入: a unit that was put off at first and approved by a decision of its own."""
    view, form, problem = _view(call), FlaskForm(), None
    unit = next((f"{one.number} {one.unit}" for one in view.entering if one.dossier == dossier), None)
    if unit is None:
        raise NotFound()
    back = url_for("final_list.page", call=call)
    if request.method == "POST":
        problem = _send(form, lambda: vacancies.ask_enter(viewer(), call=call, dossier=dossier))
        if problem is None:
            flash(_("已提交，请另一名经办人员对照会议纪要复核。"), "good")
            return redirect(back, 303)
    consequences = [
        _("%(unit)s按另行审定的纪要列入，不占用空出的名额。", unit=unit),
        _("复核人同意后，另行起草只列该单位的公示稿，双人确认后发布，从刊登之日起公示一个完整的公示期。"),
        _("名单已公布的，批次回到公示，公示期满后另出一版名单。"),
    ]
    return _page(form, [], _("提请列入名单"), consequences, _("提交复核（双人）"), back, problem)


@desk.page("/<call>/final-list/papers/<paper>/appearance", permission=Permission.SECRETARIAT, methods=FORM)
def appearance(call: str, paper: str) -> ResponseReturnValue:
    """When and where the notice on a change appeared."""
    _view(call)
    view, form, problem = final_list_views.paper(viewer(), call=call, paper=paper), AppearanceForm(), None
    back = url_for("final_list.page", call=call)
    if request.method == "POST":
        given = sent(form.scan)
        problem = _send(
            form,
            lambda: list_notices.record_appearance(
                viewer(),
                call=call,
                paper=paper,
                url=form.url.data or "",
                appeared_on=cast(date | None, form.appeared_on.data),
                scan_name=given.name if given else "",
                scan=given.data if given else b"",
            ),
        )
        if problem is None:
            flash(_("已登记刊登情况，公示期由刊登日期起算。"), "good")
            return redirect(back, 303)
    consequences = [
        _(
            "公示期按登记的刊登日期和%(n)s个工作日计算，届满次日起方可确定名单。",
            n=view.facts["working_days"],
        ),
        _("网页上的名单应与公示稿一致；名单校验码 %(code)s。", code=code_groups(view.digest)),
    ]
    order = ["url", "appeared_on", "scan"]
    return _page(form, order, _("登记刊登情况"), consequences, _("登记"), back, problem)


@desk.page("/<call>/final-list/scans/<file>", permission=Permission.OFFICE)
def scan(call: str, file: str) -> ResponseReturnValue:
    """The scan of minutes or letter in a tab of its own."""
    return show(*list_scans.scan(viewer(), call=call, file=file))
