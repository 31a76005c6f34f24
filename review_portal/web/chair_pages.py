"""What the chair's templates are given: services' data in the shapes of the components. No rule here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from review_portal.services.flags import OWN, TRIGGER_NAMES
from review_portal.services.overviews import Overview, OverviewRow
from review_portal.services.reconciliation import CaseRow
from review_portal.services.rounds import Progress, RoundView
from review_portal.web.filters import office_time, points
from review_portal.web.forms import say


def _papers_wait(papers: int) -> str:
    return _(
        "还有%(n)s份纸质评分表等待计分人、复核人代录。请等代录完成后再申请启封；确不能计入的，由秘书处申请不予计入。",
        n=papers,
    )


def next_step(round_: RoundView, progress: Progress) -> tuple[str, str, str] | None:
    """(sentence, label, address) of what the chair does next, without a label while others have to act
    first; None when it is someone else's turn."""
    if round_.state == "sealed" and progress.papers:
        return _papers_wait(progress.papers), "", ""
    at: dict[str, Any] = {"round_": round_.public_id}
    return {
        "scoring": (
            _("专家正在评分。本人评分提交后，可以申请结束评分；监督人员确认后封存。"),
            _("申请结束评分"),
            url_for("chair.close", **at),
        ),
        "sealed": (
            _("评分已封存。启封须由组长申请、监督人员确认。"),
            _("申请启封评分"),
            url_for("chair.unseal", **at),
        ),
        "reconciling": (
            _("评分已启封。请查看需要说明的评分，必要时提请复议。"),
            _("查看评分概览"),
            url_for("chair.overview", **at),
        ),
        "finished": (
            _("复议已结束，请查看排名；尚未冻结的，由组长冻结。"),
            _("查看排名"),
            url_for("chair.rank", **at),
        ),
    }.get(round_.state)


def back(round_: RoundView, endpoint: str = "chair.home") -> dict[str, Any]:
    """The way out of an act page."""
    return {"back_href": url_for(endpoint, round_=round_.public_id), "back_text": _("返回")}


def unseal_page(round_: RoundView, progress: Progress, reason: str, fault: str) -> dict[str, Any]:
    """Asking to unseal."""
    return {
        "title": _("申请启封评分"),
        "lead": round_.name,
        "consequences": [
            _("监督人员确认后，组长和监督人员可按专家代号查看评分；秘书处在复议结束后取得评分汇总表。"),
            _("启封后不再接受新的评分，专家组不再增加人员。"),
            _("启封时间和双方姓名记入监督记录。"),
        ],
        "facts": [(_("封存的评分"), progress.submitted), (_("封存时间"), office_time(round_.closed_at))],
        "code": round_.frozen_digest,
        "code_note": _("开启时冻结的规则、专家组和分派"),
        "reason": {"label": _("申请事由"), "value": reason, "err": fault},
        "act_text": _("提交启封申请"),
        "action": url_for("chair.unseal", round_=round_.public_id),
        "problems": [("", _papers_wait(progress.papers))] if progress.papers else [],
        **back(round_),
    }


def case_page(
    round_: RoundView, row: OverviewRow, code: str, trigger: str, question: str, fault: str
) -> dict[str, Any]:
    """Opening a case; what is shown as its trigger is what will be kept."""
    kinds = row.triggers_on(code, trigger)
    own = not kinds
    return {
        "title": _("提请复议"),
        "lead": f"{row.number} {row.unit}　{code}",
        "consequences": [
            _("该专家将看到您的问题和本人评分，选择维持或修改并说明理由。"),
            _("组长不得改动任何专家的评分；原评分和修改后的评分都保留。"),
            *([_("本件不在规则触发范围内，记录中将单独列出。")] if own else []),
        ],
        "facts": [
            (_("触发原因"), "、".join(say(TRIGGER_NAMES[kind]) for kind in kinds or (OWN,))),
            (_("该专家评分"), points(row.totals[code])),
            (_("均值"), points(row.mean)),
        ],
        "hidden": [("code", code), ("trigger", trigger)],
        "reason": {"name": "question", "label": _("请专家说明的问题"), "value": question, "err": fault},
        "act_text": _("提请复议"),
        "action": url_for("chair.case", round_=round_.public_id, dossier=row.dossier),
        **back(round_, "chair.overview"),
    }


def finish_page(
    round_: RoundView, cases: Sequence[CaseRow], data: Overview, reason: str, fault: str
) -> dict[str, Any]:
    """Ending reconciliation; what nobody was asked about is listed, and asks for its reason."""
    revised = sum(case.answer == "revise" for case in cases)
    unasked = [(f"{row.number} {row.unit}", say(flag.reason)) for row, flag in data.unasked()]
    return {
        "title": _("结束复议"),
        "lead": round_.name,
        "consequences": [
            _("本轮评分从此不能再改动。"),
            _("结束后方可查看名次；复议对名单的影响将在排名页说明。"),
            *([_("触发复议条件而未提请的，连同理由记入复议台账和评审文书。")] if unasked else []),
        ],
        "facts": [
            (_("复议"), ngettext("%(num)d件", "%(num)d件", len(cases))),
            (_("其中修改评分"), revised),
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
