"""What the act pages of 复议 are given: one act on a case, the end of reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from review_portal.services.case_rows import CaseRow
from review_portal.services.case_views import Ledger
from review_portal.services.overviews import Overview
from review_portal.services.rounds import RoundView
from review_portal.web.chair_overview import unasked as unasked_of
from review_portal.web.chair_pages import back
from review_portal.web.defense_pages import field_time
from review_portal.web.filters import office_time, points

ACTS = ("extend", "lapse", "withdraw", "again")


def done(act: str) -> str:
    """What is said once an act on a case is done."""
    return {
        "extend": _("答复期限已延长。"),
        "lapse": _("已登记未在期限内答复，原评分保留。"),
        "withdraw": _("该件复议已撤回，台账中保留。"),
        "again": _("已再次申请会签，请监督人员确认。"),
    }[act]


def act_page(
    round_: RoundView, case: CaseRow, act: str, typed: Mapping[str, str], faults: Mapping[str, str]
) -> dict[str, Any]:
    """One act on a case: what will happen, the case, the reason."""
    titles = {
        "extend": _("延长答复期限"),
        "lapse": _("登记未在期限内答复"),
        "withdraw": _("撤回规则外的复议"),
        "again": _("再次申请会签"),
    }
    consequences = {
        "extend": [_("专家可在新的期限以前答复；延长的时间和理由记入复议记录。")],
        "lapse": [
            _("复议记录写明“未在期限内答复，原评分保留”，该专家不能再答复。"),
            _("任何人不得代为答复或改动评分。"),
        ],
        "withdraw": [_("不再提请会签，专家不会看到；台账和复议记录中保留本件和撤回理由。")],
        "again": [_("原申请已过期，重新提交监督人员会签。")],
    }
    page: dict[str, Any] = {
        "template": "chair/case_extend.html" if act == "extend" else "act.html",
        "title": titles[act],
        "lead": f"{case.number} {case.unit}　{case.code}",
        "consequences": consequences[act],
        "facts": [
            (_("问题"), case.question),
            (_("提请时间"), office_time(case.opened_at)),
            (_("答复期限"), office_time(case.due_at)),
            (_("原评分"), points(case.before)),
        ],
        "reason": None
        if act == "again"
        else {
            "name": "reason",
            "label": _("理由"),
            "value": typed.get("reason", ""),
            "err": faults.get("reason", ""),
        },
        "act_text": titles[act],
        "action": url_for("chair.case_act", round_=round_.public_id, case=case.public_id, act=act),
        **back(round_, "chair.cases"),
    }
    if act == "extend":
        page["due_at"] = typed.get("due_at", field_time(case.due_at))
        page["due_err"] = faults.get("due_at", "")
    return page


def finish_page(round_: RoundView, ledger: Ledger, data: Overview, reason: str, fault: str) -> dict[str, Any]:
    """Ending reconciliation; what nobody was asked about is listed, and asks for its reason."""
    revised = sum(case.answer == "revise" for case in ledger.cases)
    unasked = unasked_of(data)
    return {
        "title": _("结束复议"),
        "lead": round_.name,
        "consequences": [
            _("本轮评分从此不能再改动。"),
            _("结束后方可查看名次；复议对名单的影响将在排名页说明。"),
            *([_("触发复议条件而未提请的，连同理由记入复议台账和评审文书。")] if unasked else []),
        ],
        "problems": _unfinished(round_, ledger),
        "facts": [
            (_("复议"), ngettext("%(num)d件", "%(num)d件", len(ledger.cases))),
            (_("其中修改评分"), revised),
            (_("其中规则外提请"), len(ledger.outside)),
            *((_("未提请复议：%(unit)s", unit=unit), why) for unit, why in unasked),
        ],
        "reason": {
            "name": "reason",
            "label": _("不提请复议的理由"),
            "hint": _("也可返回评分概览，逐一提请复议。"),
            "value": reason,
            "err": fault,
        }
        if unasked
        else None,
        "act_text": _("结束复议"),
        "action": url_for("chair.finish", round_=round_.public_id),
        **back(round_, "chair.cases"),
    }


def _unfinished(round_: RoundView, ledger: Ledger) -> list[tuple[str, str]]:
    """What is still to be done first, each with the way to it."""
    here = url_for("chair.cases", round_=round_.public_id, show="pending")
    counts = {state: sum(case.state == state for case in ledger.cases) for state in ("open", "waiting")}
    voids = sum(row.outcome == "pending" for row in ledger.voids)
    found = []
    if counts["open"]:
        found.append(
            (
                here,
                _(
                    "还有%(n)s件复议未答复，请待专家答复；期限已过的，请登记未在期限内答复。",
                    n=counts["open"],
                ),
            )
        )
    if counts["waiting"]:
        found.append((here, _("还有%(n)s件规则外的复议等待监督人员会签。", n=counts["waiting"])))
    if voids:
        found.append((here, _("还有%(n)s份评分表的作废申请未办结。", n=voids)))
    return found
