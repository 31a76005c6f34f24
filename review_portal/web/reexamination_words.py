"""What the supervisor is told before agreeing to a re-examination, or to a sheet put right from the paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import get_template_attribute, url_for
from flask_babel import gettext as _

from review_portal.services.approval_views import RequestView
from review_portal.services.version_words import KINDS, RULES
from review_portal.web.approval_acts import Words
from review_portal.web.filters import code_groups, office_date
from review_portal.web.forms import say


def _units(listed: Any) -> str | None:
    return "、".join(f"{number} {unit}" for number, unit in listed) or None


def reexamine(view: RequestView) -> Words:
    """Looking again at the frozen ranking, in one of three ways."""
    payload = view.request.payload
    kind = str(payload["kind"])
    rescored = [
        (_("重新评审的环节"), payload["stage"] or None),
        (_("一并重新评审的材料"), _units(payload["beside"])),
        (_("另行确定的理由"), payload["beside_reason"] or None),
    ]
    return Words(
        _("同意异议复核：%(kind)s", kind=say(KINDS[kind])),
        _("排名冻结后，因异议重新核对排名的，由秘书处申请、监督人员同意。"),
        _("经办人"),
        _("监督人员"),
        [
            say(RULES[kind]),
            _("办结前不能登记会议审定结果或发布公示。"),
            _("办结后在原排名旁另出一版，原排名留存；拟入选名单改变的，重新会议审定并另行公示。"),
        ],
        [
            (_("批次"), view.call_title or None),
            (_("异议"), payload["reference"]),
            (_("收到日期"), office_date(date.fromisoformat(str(payload["received_on"])))),
            (_("异议内容和复核理由"), payload["grounds"]),
            (_("有争议的材料"), _units(payload["dossiers"])),
            *(rescored if kind == "rescore" else []),
            (_("针对的排名"), _("第%(n)s版", n=payload["version"])),
            (_("排名校验码"), code_groups(payload["ranking"])),
        ],
        _("我已阅异议材料，核对复核方式和涉及的材料"),
        _("同意复核"),
        grave=True,
    )


def end_reexam(view: RequestView) -> Words:
    """Giving up a new round that cannot be held."""
    payload = view.request.payload
    return Words(
        _("同意终止重新评审"),
        _("重新评审无法进行的，启封以前可由秘书处申请、监督人员同意后终止；启封后不能终止。"),
        _("经办人"),
        _("监督人员"),
        [
            _("该轮作废，已填的评分留存，不启封、不计入。"),
            _("现行排名不变；异议仍须处理的，另行申请复核。"),
        ],
        [
            (_("批次"), view.call_title or None),
            (_("异议"), payload["reference"]),
            (_("轮次"), payload["round"]),
        ],
        _("我已核对不能继续重新评审的原因"),
        _("同意终止"),
        grave=True,
    )


def _scan(view: RequestView) -> str | None:
    """The way to the scan, for the supervisor who compares."""
    if not view.verdict:
        return None
    href = url_for("supervisor_papers.scan", call=view.call, paper=view.request.payload["paper"])
    link: str = get_template_attribute("reexaminations/_parts.html", "scan_link")(href)
    return link


def correct_sheet(view: RequestView) -> Words:
    """A sheet typed wrongly: item by item what was typed and what the paper says."""
    payload = view.request.payload
    changes = [
        (
            f"{key} {name}",
            _("系统中%(old)s，纸质表%(new)s", old=old, new=new),
        )
        for key, name, old, new in payload["changes"]
    ]
    return Words(
        _("同意更正代录差错：%(number)s %(code)s", number=payload["number"], code=payload["code"]),
        _("纸质评分表代录有误的，由秘书处对照签字扫描件申请、监督人员核对后更正；专家不重新评分。"),
        _("经办人"),
        _("监督人员"),
        [
            _("该评分表按纸质表计分，原录入留存。"),
            _("名次在组长冻结新一版排名后改变；现行排名及其工作簿不变。"),
        ],
        [
            (_("申报材料"), f"{payload['number']}　{payload['unit']}"),
            (_("轮次"), payload["round"]),
            (_("专家代号"), payload["code"]),
            *(changes or [(_("改动"), _("只更正评分理由"))]),
            (_("签字扫描件"), _scan(view)),
            (_("扫描件校验码"), code_groups(payload["scan"])),
        ],
        _("我已打开签字扫描件，逐项核对上列各项"),
        _("同意更正"),
        grave=True,
    )
