"""The final list in words: where a second officer agrees, the causes, what became of a letter."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services import final_lists, list_notices, vacancies
from review_portal.services.approval_views import RequestView
from review_portal.services.vacancies import CAUSES
from review_portal.web.approval_acts import Act, Words
from review_portal.web.filters import code_groups, office_date
from review_portal.web.forms import say

ALL_CAUSES: Final = {**CAUSES, "filled": mark("递补"), "later": mark("另行审定同意")}
OUTCOMES: Final[dict[str, tuple[str, Message]]] = {
    "selected": ("done", mark("列入名单")),
    "not_selected": ("none", mark("未列入名单")),
    "cancelled": ("out", mark("取消入选")),
}
MAIL: Final[dict[str, tuple[str, Message]]] = {
    "": ("none", mark("未发送")),
    "claimed": ("part", mark("正在发送")),
    "sent": ("done", mark("已发出")),
    "failed": ("bad", mark("未发出")),
    "skipped": ("none", mark("未发送")),
    "unknown": ("warn", mark("结果不明，不再重发")),
}
ERRORS: Final[dict[str, Message]] = {
    "address": mark("邮箱格式不对，请书面送达。"),
    "no_address": mark("申报书没有留邮箱，请书面送达。"),
    "left": mark("排队以后该单位的结果有变动，未发送。"),
    "outdated": mark("排队以后名单另有一版，未发送。"),
    "held": mark("监督人员提请暂停期间未发送，解除后可再发送。"),
    "broken_off": mark("发送中断，可能已送达；为免重复不再重发，请电话确认。"),
    "login": mark("邮件服务器的账号或密码不对，请联系管理员。"),
    "recipient": mark("邮件服务器不接受这个收件地址，请书面送达。"),
    "server": mark("邮件服务器退回了这封信，请联系管理员。"),
    "unreachable": mark("连不上邮件服务器，请稍后再发或联系管理员。"),
}
JOBS: Final[dict[str, tuple[str, Message]]] = {
    "queued": ("part", mark("等待发送")),
    "running": ("part", mark("正在发送")),
    "done": ("done", mark("发送完毕")),
    "failed": ("bad", mark("有未发出的")),
}


def settle_words(view: RequestView) -> Words:
    """The version of the list that would be final."""
    told = view.request.payload
    facts, units = told.get("facts", {}), told.get("units", [])
    names = "、".join(line[1] for line in units)
    vacant = "、".join(f"{line[0]} {line[1]}" for line in told.get("vacant", []) if not line[3])
    return Words(
        _("同意确定并公布名单"),
        _("由经办人提请、复核人核对；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        [
            _("名单即为确定；这一版的文字和名单不能再改，以后变更的另出一版。"),
            _("可印制结果告知书，并向申报单位发送结果告知邮件。"),
            _("公布的名单只写单位、成员和推荐单位；得分、名次和专家信息不公布。"),
        ],
        [
            (_("版次"), _("第%(n)s版", n=told.get("ordinal"))),
            (_("名单文号"), facts.get("list_number")),
            (_("印发日期"), office_date(date.fromisoformat(facts["issued_on"]))),
            (_("名单"), _("%(n)s家：%(names)s", n=len(units), names=names or "—")),
            (_("空缺"), vacant or None),
            *[(_("变更"), line) for line in told.get("changed", [])],
            (_("名单校验码"), code_groups(told.get("list"))),
        ],
        _("我已逐项核对通知和名单"),
        _("同意确定并公布"),
        grave=True,
    )


def change_words(view: RequestView) -> Words:
    """A change of the list, to be held against its minutes."""
    told = view.request.payload
    corrected = told.get("cause") == "corrected"
    consequences = [_("登记后不能修改；原来各版名单留存。")]
    if corrected:
        consequences.append(_("名单不变；更正后的文字另出一版公布。"))
    else:
        consequences.append(_("该单位不再列入名单，名额空出。"))
        consequences.append(_("名单已公布、规则要求重新公示的，批次回到公示，公示期满后另出一版名单。"))
    return Words(
        _("复核名单变更"),
        _("由经办人登记、复核人对照会议纪要或来函核对；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        consequences,
        [
            (_("变更事由"), say(ALL_CAUSES[str(told.get("cause"))])),
            (_("单位"), None if corrected else f"{told.get('number')} {told.get('unit')}"),
            *_basis(view),
        ],
        _("我已对照纪要或来函逐项核对"),
        _("复核同意"),
        grave=not corrected,
    )


def fill_words(view: RequestView) -> Words:
    """A newcomer in a place that fell vacant."""
    told = view.request.payload
    if told.get("cause") == "later":
        return _later_words(view)
    return Words(
        _("复核递补"),
        _("由经办人登记、复核人对照会议纪要核对；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        [
            _("递补单位另行公示一个完整的公示期；期满无未办结的异议，方可列入名单。"),
            _("名单已公布的，批次回到公示。"),
        ],
        [
            (_("空出的名额"), told.get("replaced")),
            (_("递补单位"), f"{told.get('number')} {told.get('unit')}"),
            (_("不是下一名的理由"), told.get("departures") or None),
            *_basis(view),
        ],
        _("我已对照会议纪要逐项核对"),
        _("复核同意"),
        grave=True,
    )


def _later_words(view: RequestView) -> Words:
    """A unit that was put off and approved by a decision of its own."""
    told = view.request.payload
    return Words(
        _("复核另行审定单位列入名单"),
        _("由经办人提请、复核人对照会议纪要核对；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        [
            _("该单位另行公示一个完整的公示期；期满无未办结的异议，方可列入名单。"),
            _("名单已公布的，批次回到公示。"),
        ],
        [(_("单位"), f"{told.get('number')} {told.get('unit')}"), *_basis(view)],
        _("我已对照会议纪要逐项核对"),
        _("复核同意"),
        grave=True,
    )


def _basis(view: RequestView) -> list[tuple[str, Any]]:
    told = view.request.payload
    file = str(told.get("scan_file"))
    href = url_for("list_changes.scan", call=view.call, file=file)
    return [
        (_("会议或来函"), told.get("meeting")),
        (_("日期"), office_date(date.fromisoformat(str(told.get("on"))))),
        (_("纪要号或来文号"), told.get("minutes_number")),
        (_("扫描件"), {"href": href, "text": _("打开扫描件")}),
        (_("扫描件校验码"), code_groups(told.get("scan"))),
    ]


def release_words(view: RequestView) -> Words:
    """A notice on a change of the list."""
    told = view.request.payload
    facts, units = told.get("facts", {}), told.get("units", [])
    names = "、".join(line[0] for line in units)
    return Words(
        _("同意发布名单变更的公示"),
        _("由经办人提交、复核人确认；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        [
            _("公示文字和名单不能再改；在官网刊登后登记刊登日期，公示期由此起算。"),
            _("得分、名次和专家信息不对外公布。"),
        ],
        [
            (_("变更说明"), facts.get("change_note")),
            (_("名单"), _("%(n)s家：%(names)s", n=len(units), names=names or "—")),
            (_("公示工作日数"), facts.get("working_days")),
            (_("监督电话"), facts.get("supervision_phone")),
            (_("名单校验码"), code_groups(told.get("list"))),
        ],
        _("我已逐项核对公示稿和名单"),
        _("同意发布"),
    )


ACTS: Final[dict[str, Act]] = {
    "settle_list": Act(lambda: _("确定并公布名单"), final_lists.decide_settle, settle_words),
    "change_list": Act(lambda: _("名单变更"), vacancies.decide_change, change_words),
    "fill_place": Act(lambda: _("递补"), vacancies.decide_fill, fill_words),
    "release_change": Act(lambda: _("发布名单变更的公示"), list_notices.decide_release_change, release_words),
}
