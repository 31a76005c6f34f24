"""What the page of closing a round is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.services.rounds import Progress, RoundView
from review_portal.web.chair_pages import back
from review_portal.web.filters import office_time


def close_page(
    round_: RoundView, progress: Progress, later: Sequence[datetime], reason: str, fault: str
) -> dict[str, Any]:
    """The act of closing; `later`: experts' own deadlines that still run, without whose they are."""
    facts: list[tuple[str, Any]] = [(_("已提交"), progress.submitted), (_("未提交"), progress.open)]
    if later:
        until = _("%(n)s位专家，最晚至%(at)s", n=len(later), at=office_time(later[-1]))
        facts.append((_("已延长的评分时限"), until))
    return {
        "title": _("结束评分并封存"),
        "lead": round_.name,
        "consequences": [
            _("本轮评分立即结束，任何人不能再提交或修改。"),
            _("未提交的评分按未评处理，不计分，也不是0分。"),
            _("评分封存，启封前任何人不能查看。"),
        ],
        "facts": facts,
        "reason": {
            "name": "reason",
            "label": _("提前结束的理由"),
            "hint": _("有专家的评分时限已延长且尚未到期；理由记入监督记录。"),
            "value": reason,
            "err": fault,
        }
        if later
        else None,
        "act_text": _("结束评分并封存"),
        "grave": True,
        "action": url_for("chair.close", round_=round_.public_id),
        **back(round_),
    }
