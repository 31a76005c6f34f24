"""会议审定 in words: the page on which a second officer checks what the meeting decided."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.decision_rules import ANSWERS, OUTCOMES, RESULTS, result_of
from review_portal.services.approval_views import RequestView
from review_portal.web.approval_acts import Words
from review_portal.web.filters import code_groups, office_date
from review_portal.web.forms import say

RESULT_KINDS = {"deferred": "hold", "vacant": "out", "short": "warn", "full": "done", "over": "warn"}
ANSWER_KINDS = {"approve": "done", "reject": "none", "hold": "hold"}


def decision_words(view: RequestView) -> Words:
    """Everything that was typed, to be held against the minutes."""
    told = view.request.payload
    approved = [line for line in told.get("choices", []) if line[3] == "approve"]
    result = result_of(str(told.get("outcome")), len(approved), int(told.get("quota", 0)))
    return Words(
        _("复核会议审定结果"),
        _("由经办人登记、复核人对照会议纪要核对；复核人不能是经办人本人。"),
        _("经办人"),
        _("复核人"),
        _consequences(result),
        [
            (_("会议"), told.get("meeting")),
            (_("会议日期"), office_date(date.fromisoformat(str(told.get("on"))))),
            (_("纪要号"), told.get("minutes_number")),
            (_("结论"), say(OUTCOMES[str(told.get("outcome"))])),
            (_("审定结果"), say(RESULTS[result])),
            (_("同意入选"), _("%(n)s家：%(names)s", n=len(approved), names=_names(approved))),
            *_others(told.get("choices", [])),
            *_reasons(told.get("choices", [])),
            (_("决定事项"), told.get("conclusion")),
            (_("数量不一致或暂缓的理由"), told.get("departures") or None),
            (_("纪要扫描件"), _scan(view)),
            (_("扫描件校验码"), code_groups(told.get("scan"))),
            (_("冻结排名的校验码"), code_groups(told.get("ranking"))),
        ],
        _("我已对照会议纪要逐项核对"),
        _("复核同意"),
        grave=True,
    )


def _scan(view: RequestView) -> dict[str, str]:
    file = str(view.request.payload.get("scan_file"))
    return {"href": url_for("decision.scan", call=view.call, file=file), "text": _("打开扫描件")}


def _consequences(result: str) -> list[str]:
    if result == "deferred":
        return [_("本批次仍在等待会议审定；以后开会的，另行登记。"), _("名单不公示。")]
    if result == "vacant":
        return [
            _("本批次审定为空缺（无符合条件单位），评审到此结束，不能恢复。"),
            _("可生成结果公告文字；排名、评分和文书留存备查。"),
        ]
    return [
        _("批次进入会议审定后的环节，公示名单按审定结果更新。"),
        _("登记后不能修改；冻结的排名不变。"),
    ]


def _names(lines: list[list[str]]) -> str:
    return "、".join(f"{line[1]} {line[2]}" for line in lines) or "—"


def _others(lines: list[list[str]]) -> list[tuple[str, Any]]:
    return [
        (say(ANSWERS[answer]) if answer == "reject" else _("暂缓的单位"), _names(found))
        for answer in ("reject", "hold")
        if (found := [line for line in lines if line[3] == answer])
    ]


def _reasons(lines: list[list[str]]) -> list[tuple[str, Any]]:
    return [(_("%(number)s的理由", number=line[1]), line[4]) for line in lines if line[4]]
