"""暂缓: a dossier put off and released by two people, and decided by itself later."""

from __future__ import annotations

from flask import abort, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.policy import Permission
from review_portal.services import (
    dossier_holds,
    later_decisions,
    objection_papers,
    objection_views,
)
from review_portal.services.later_decisions import LaterMinutes
from review_portal.web import office_frame
from review_portal.web.access import viewer
from review_portal.web.downloads import show
from review_portal.web.objection_forms import (
    DossierHoldForm,
    DossierReleaseForm,
    LaterForm,
)
from review_portal.web.secretariat_forms import sent
from review_portal.web.secretariat_objections import answer_page, desk


@desk.page("/calls/<call>/holds/new", permission=Permission.OFFICE, methods=("GET", "POST"))
def hold(call: str) -> ResponseReturnValue:
    """申请暂缓 of one dossier; a supervisor agrees."""
    office_frame.enter(call, _("异议登记"))
    register = objection_views.register(viewer(), call=call)
    form = DossierHoldForm()
    form.dossier.choices = [("", _("请选择")), *objection_views.dossiers_of(viewer(), call=call)]
    form.objection.choices = [("", _("不因异议")), *((row.public_id, row.number) for row in register.open)]
    back = url_for("objections.listing", call=call)
    return answer_page(
        form,
        lambda: dossier_holds.ask_hold(
            viewer(),
            dossier=form.dossier.data or "",
            objection=form.objection.data or "",
            reason=form.reason.data or "",
        ),
        told=_("已申请，等待监督人员同意。"),
        then=back,
        title=_("申请暂缓"),
        lead=register.title,
        consequences=[
            _("监督人员同意后生效；评分、排名照旧，不作任何改动。"),
            _("解除以前，该材料不能列入公示或最终名单。"),
        ],
        act_text=_("提交监督人员"),
        back_href=back,
    )


@desk.page("/calls/<call>/holds/<dossier>/release", permission=Permission.OFFICE, methods=("GET", "POST"))
def release(call: str, dossier: str) -> ResponseReturnValue:
    """申请解除暂缓, with what was found."""
    office_frame.enter(call, _("异议登记"))
    register = objection_views.register(viewer(), call=call)
    held = next((row for row in register.holds if row.dossier == dossier and not row.released_at), None)
    if held is None:
        abort(404)
    form, back = DossierReleaseForm(), url_for("objections.listing", call=call)
    return answer_page(
        form,
        lambda: dossier_holds.ask_release(viewer(), dossier=dossier, finding=form.finding.data or ""),
        told=_("已申请，等待监督人员同意。"),
        then=back,
        title=_("申请解除暂缓"),
        lead=f"{held.number}　{held.unit}",
        facts=[(_("暂缓的理由"), held.reason)],
        act_text=_("提交监督人员"),
        back_href=back,
    )


@desk.page("/calls/<call>/later/<dossier>", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def later(call: str, dossier: str) -> ResponseReturnValue:
    """另行审定 of a dossier that the meeting put off."""
    office_frame.enter(call, _("异议登记"))
    register = objection_views.register(viewer(), call=call)
    waits = next((one for one in register.put_off if one.dossier == dossier and not one.answer), None)
    if waits is None:
        abort(404)
    form, back = LaterForm(), url_for("objections.listing", call=call)
    form.answer.choices = [("approve", _("同意入选")), ("reject", _("不入选"))]

    def ask() -> str:
        given = sent(form.scan)
        return later_decisions.ask_later(
            viewer(),
            dossier=dossier,
            minutes=LaterMinutes(
                form.meeting.data or "",
                form.held_on.data,
                form.minutes_number.data or "",
                form.answer.data or "",
                form.reason.data or "",
            ),
            scan_name=given.name if given else "",
            scan=given.data if given else b"",
        )

    return answer_page(
        form,
        ask,
        told=_("已提交，请另一名经办人员对照会议纪要复核。"),
        then=back,
        checks_all=True,
        title=_("登记另行审定"),
        lead=f"{waits.number}　{waits.unit}",
        consequences=[
            _("只对这一份材料作出审定；原审定、排名和已公示的名单都不变。"),
            _("同意入选的，须另行公示满规定的工作日。"),
        ],
        facts=[(_("暂缓的理由"), waits.reason)],
        act_text=_("提交复核"),
        back_href=back,
    )


@desk.page("/calls/<call>/later-scans/<file>", permission=Permission.OFFICE)
def later_scan(call: str, file: str) -> ResponseReturnValue:
    """The minutes' scan of a later decision, in a tab of its own."""
    return show(*objection_papers.later_scan(viewer(), call=call, file=file))
