"""公示期: appearances on the official website and takedowns registered, days counted, the calendar file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Optional

from review_portal.domain.policy import Permission
from review_portal.services import calls, publicity_appearances, publicity_clock_views
from review_portal.services.publicity_appearances import Shot
from review_portal.services.publicity_clock_views import EventRow
from review_portal.web import office_frame, publicity_words
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send, show
from review_portal.web.forms import answer
from review_portal.web.secretariat_forms import OfficeTimeField, sent
from review_portal.web.slips import public_address

desk = Desk("publicity_clock", __name__, url_prefix="/secretariat")
_SHOT = {"accept": ".png,.jpg,.jpeg,.pdf"}


class AppearanceForm(FlaskForm):
    at = OfficeTimeField(
        _l("刊登时间（北京时间）"), needed=True, description=_l("公示页面在官网上可以打开的时间")
    )
    url = StringField(_l("公示页面网址"), description=_l("官网上公示页面的完整网址"))
    shot = FileField(
        _l("网页截图"),
        description=_l("能看清网址、标题和日期；图片（PNG、JPG）或 PDF，不超过20MB"),
        render_kw=_SHOT,
    )


class TakedownForm(FlaskForm):
    at = OfficeTimeField(
        _l("撤下时间（北京时间）"), needed=True, description=_l("公示页面在官网上不能再打开的时间")
    )
    reason = TextAreaField(_l("撤下原因"))
    shot = FileField(_l("网页截图"), [Optional()], render_kw=_SHOT)


class CorrectionForm(FlaskForm):
    at = OfficeTimeField(_l("时间（北京时间）"), needed=True)
    url = StringField(_l("公示页面网址"))
    shot = FileField(
        _l("网页截图"), [Optional()], description=_l("不重新选择的，沿用原截图"), render_kw=_SHOT
    )
    reason = TextAreaField(_l("更正理由"))
    void = BooleanField(_l("撤销这条登记：实际没有发生"))


@desk.page("/<call>/publicity", permission=Permission.OFFICE)
def clock(call: str) -> ResponseReturnValue:
    """Which day of the period today is, what was registered, what is due next."""
    watches = office_frame.enter(call, _("公示期"))
    found = publicity_clock_views.view(viewer(), call=call)
    return render_template(
        "publicity/clock.html",
        call=calls.view(viewer(), call=call),
        acts=not watches,
        **publicity_words.page(found, call),
    )


@desk.page("/<call>/publicity/appearance", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def appearance(call: str) -> ResponseReturnValue:
    """登记官网刊登."""
    office_frame.enter(call, _("公示期"))
    form, found = AppearanceForm(), publicity_clock_views.view(viewer(), call=call)
    return _answer(
        form,
        lambda: publicity_appearances.register_appearance(
            viewer(), call=call, appeared_at=form.at.at, url=form.url.data or "", shot=_shot(form)
        ),
        call,
        told=_("已登记官网刊登，公示期自此起算。"),
        title=_("登记官网刊登"),
        lines=publicity_words.before_appearance(found),
        blocked=publicity_words.no_appearance(found),
    )


@desk.page("/<call>/publicity/takedown", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def takedown(call: str) -> ResponseReturnValue:
    """登记撤下."""
    office_frame.enter(call, _("公示期"))
    form, found = TakedownForm(), publicity_clock_views.view(viewer(), call=call)
    return _answer(
        form,
        lambda: publicity_appearances.register_takedown(
            viewer(), call=call, taken_down_at=form.at.at, reason=form.reason.data or "", shot=_shot(form)
        ),
        call,
        told=_("已登记撤下，公示页不再对外显示。"),
        title=_("登记撤下"),
        lines=publicity_words.before_takedown(found),
        blocked=publicity_words.no_takedown(found),
    )


@desk.page(
    "/<call>/publicity/entries/<event>/correct", permission=Permission.SECRETARIAT, methods=("GET", "POST")
)
def correct(call: str, event: str) -> ResponseReturnValue:
    """更正登记: the earlier row stays to be read beside the new one."""
    office_frame.enter(call, _("公示期"))
    found = publicity_clock_views.view(viewer(), call=call)
    row = next((one for one in found.events if one.public_id == event), None)
    if row is None or not row.in_force:
        abort(404)
    form = _correction(row)
    return _answer(
        form,
        lambda: publicity_appearances.correct(
            viewer(),
            call=call,
            event=event,
            at=form.at.at,
            url=form.url.data or "" if "url" in form else "",
            reason=form.reason.data or "",
            shot=_shot(form),
            void=bool(form.void.data),
        ),
        call,
        told=_("已更正，原登记留存。"),
        title=_("更正登记"),
        lines=publicity_words.before_correction(row),
    )


def _correction(row: EventRow) -> CorrectionForm:
    form = CorrectionForm(at=publicity_words.local(row.at), url=row.url)
    if row.kind != "appeared":
        del form.url
    return form


def _shot(form: FlaskForm) -> Shot:
    given = sent(form.shot)
    return Shot(given.name, given.data) if given else Shot()


def _answer(
    form: FlaskForm, act: Callable[[], object], call: str, *, told: str, **page: Any
) -> ResponseReturnValue:
    """One registration: its form, or done and back to the clock."""
    back = url_for("publicity_clock.clock", call=call)
    return answer(
        form,
        act,
        told=told,
        then=back,
        page=lambda: render_template(
            "publicity/form.html", form=form, action=request.path, back=back, **page
        ),
    )


@desk.page("/<call>/publicity/screenshots/<file>", permission=Permission.OFFICE)
def screenshot(call: str, file: str) -> ResponseReturnValue:
    """A registered screenshot in a tab of its own."""
    return show(*publicity_clock_views.screenshot(viewer(), call=call, file=file))


@desk.page("/<call>/publicity.ics", permission=Permission.OFFICE)
def calendar(call: str) -> ResponseReturnValue:
    """The period for a calendar."""
    data = publicity_clock_views.calendar(viewer(), call=call, address=public_address())
    return send("公示期.ics", data)
