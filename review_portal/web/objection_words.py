"""Two-person acts around objections: what the second person reads before agreeing."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.objection_rules import OUTCOMES
from review_portal.services import dossier_holds, later_decisions, objection_conclusions
from review_portal.services.approval_views import RequestView
from review_portal.web.approval_acts import Act, Words
from review_portal.web.filters import code_groups, office_date
from review_portal.web.forms import say


def conclude_words(view: RequestView) -> Words:
    """What came of an objection."""
    told = view.request.payload
    outcome = str(told.get("outcome"))
    units = "、".join(f"{number} {unit}" for number, unit in told.get("dossiers", []))
    follows = {
        "maintain": _("名单和排名不变，由经办人答复异议人。"),
        "adjust": _("另行登记异议复核；复核办结后答复。"),
        "cancel": _("依据新的会议审定或新一版排名，登记后答复。"),
    }
    return Words(
        _("复核异议处理结论：%(number)s", number=told.get("objection")),
        _("由经办人提出、另一名经办人员或监督人员复核；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        [follows[outcome], _("同意后不能修改。")],
        [
            (_("反映的内容"), told.get("facts")),
            (_("涉及的材料"), units or _("程序")),
            (_("处理结论"), say(OUTCOMES[outcome])),
            (_("核查情况和理由"), told.get("finding")),
        ],
        _("我已核对核查情况和处理结论"),
        _("同意该结论"),
    )


def hold_words(view: RequestView) -> Words:
    """暂缓 of one dossier."""
    told = view.request.payload
    return Words(
        _("同意暂缓：%(unit)s", unit=told.get("unit")),
        _("由经办人或另一名监督人员申请、监督人员同意。"),
        _("申请人"),
        _("监督人员"),
        [
            _("评分、排名照旧，不作任何改动。"),
            _("解除以前，该材料不能列入公示或最终名单。"),
        ],
        [
            (_("申报材料"), f"{told.get('number')}　{told.get('unit')}"),
            (_("因哪件异议"), told.get("objection") or None),
        ],
        _("我已核对暂缓的理由"),
        _("同意暂缓"),
    )


def release_words(view: RequestView) -> Words:
    """The end of it."""
    told = view.request.payload
    return Words(
        _("同意解除暂缓：%(unit)s", unit=told.get("unit")),
        _("由经办人或另一名监督人员申请、监督人员同意。"),
        _("申请人"),
        _("监督人员"),
        [_("该材料可以照常审定、公示。"), _("核查结果与暂缓的理由一并留存。")],
        [
            (_("申报材料"), f"{told.get('number')}　{told.get('unit')}"),
            (_("核查结果"), told.get("found")),
        ],
        _("我已核对核查结果"),
        _("同意解除暂缓"),
    )


def later_words(view: RequestView) -> Words:
    """A later decision on one dossier, to be held against the minutes."""
    told = view.request.payload
    chosen = told.get("answer") == "approve"
    scan = url_for("objections.later_scan", call=view.call, file=str(told.get("scan_file")))
    return Words(
        _("复核另行审定：%(unit)s", unit=told.get("unit")),
        _("由经办人登记、复核人对照会议纪要核对；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        [
            _("只对这一份材料作出审定；原审定、排名和已公示的名单都不变。"),
            _("该单位须另行公示满规定的工作日。") if chosen else _("该单位不入选，本批次不再审定。"),
        ],
        [
            (_("申报材料"), f"{told.get('number')}　{told.get('unit')}"),
            (_("会议"), told.get("meeting")),
            (_("会议日期"), office_date(date.fromisoformat(str(told.get("on"))))),
            (_("纪要号"), told.get("minutes_number")),
            (_("审定意见"), _("同意入选") if chosen else _("不入选")),
            (_("理由"), told.get("because")),
            (_("纪要扫描件"), {"href": scan, "text": _("打开扫描件")}),
            (_("扫描件校验码"), code_groups(told.get("scan"))),
        ],
        _("我已对照会议纪要逐项核对"),
        _("复核同意"),
        grave=True,
    )


ACTS: Final[dict[str, Act]] = {
    "conclude_objection": Act(
        lambda: _("异议处理结论"), objection_conclusions.decide_conclude, conclude_words
    ),
    "hold_dossier": Act(lambda: _("暂缓材料"), dossier_holds.decide_hold, hold_words),
    "release_dossier": Act(lambda: _("解除材料暂缓"), dossier_holds.decide_release, release_words),
    "decide_later": Act(lambda: _("暂缓材料的另行审定"), later_decisions.decide_later, later_words),
}
