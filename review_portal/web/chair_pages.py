"""What the chair's templates are given: services' data in the shapes of the components. No rule here."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services.rounds import Progress, RoundView
from review_portal.web.filters import office_time

CASE_WORDS: dict[str, tuple[str, Message]] = {
    "waiting": ("hold", mark("待监督人员会签")),
    "open": ("part", mark("等待专家答复")),
    "keep": ("done", mark("维持原评分")),
    "revise": ("done", mark("修改评分")),
    "lapsed": ("warn", mark("未在期限内答复，原评分保留")),
    "refused": ("out", mark("监督人员不同意")),
    "withdrawn": ("out", mark("组长撤回")),
}


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
            _("监督人员确认后，组长和监督人员可按代号看到评分；秘书处可看复议记录，复议结束后取得汇总表。"),
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
