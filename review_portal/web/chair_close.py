"""What the page of ending scoring is given, and what the desk says while the supervisor has not answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.services.closing import Waiting
from review_portal.services.rounds import Progress, RoundView
from review_portal.web.chair_pages import back
from review_portal.web.filters import office_time


def asked_to_close(round_: RoundView, asked: Waiting) -> tuple[str, str, str]:
    """Sentence, label and address of the next step; asked anew only where nobody can agree any more."""
    at = office_time(asked.asked_at)
    if not asked.stale:
        return _("已于%(at)s申请结束评分，等待监督人员确认；确认以前专家仍可评分。", at=at), "", ""
    return (
        _("%(at)s的申请提出后，评分表或评分时限已有变化，监督人员不能再确认。请重新申请。", at=at),
        _("重新申请结束评分"),
        url_for("chair.close", round_=round_.public_id),
    )


def close_page(
    round_: RoundView, progress: Progress, later: Sequence[datetime], reason: str | None, fault: str
) -> dict[str, Any]:
    """Asking to end scoring; `later`: experts' own deadlines that still run, without whose they are.

    Where nothing is missing the reason is there to be sent as it stands.
    """
    facts: list[tuple[str, Any]] = [(_("已提交"), progress.submitted), (_("未提交"), progress.open)]
    if later:
        until = _("%(n)s位专家，最晚至%(at)s", n=len(later), at=office_time(later[-1]))
        facts.append((_("已延长的评分时限"), until))
    complete = not progress.open and not later
    usual = _("全部评分已提交，申请结束评分并封存。") if complete else ""
    return {
        "title": _("申请结束评分并封存"),
        "lead": round_.name,
        "consequences": [
            _("监督人员确认后，本轮评分结束，任何人不能再提交或修改；确认以前专家仍可评分。"),
            _("确认时未提交的评分按未评处理，不计分，也不是0分。"),
            _("评分封存，启封前任何人不能查看。"),
        ],
        "facts": facts,
        "reason": {
            "name": "reason",
            "label": _("提前结束的理由") if later else _("申请事由"),
            "hint": _("有专家的评分时限已延长且尚未到期；理由记入监督记录。") if later else "",
            "value": usual if reason is None else reason,
            "err": fault,
        },
        "act_text": _("提交结束评分的申请"),
        "action": url_for("chair.close", round_=round_.public_id),
        **back(round_),
    }
