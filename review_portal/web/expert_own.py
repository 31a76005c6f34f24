"""Own scores of a round looked at by their author: distribution, and the list for one signature."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain import own_scores
from review_portal.domain.own_scores import CriterionScores, OwnScores, Spread
from review_portal.domain.policy import Permission
from review_portal.services.own_papers import own_list, own_list_paper
from review_portal.services.own_round import OwnRound, own_round
from review_portal.web import expert_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send

desk = Desk("expert_own", __name__, url_prefix="/expert")


@desk.page("/rounds/<round_>/own", permission=Permission.EXPERT)
def distribution(round_: str) -> ResponseReturnValue:
    """Spread, ties and use of the scale among the own sheets, once all are in. Kept nowhere."""
    own = own_round(viewer(), round_=round_)
    expert_nav.enter(own.call, _("我的评审任务"), own.code)
    seen = _looked_at(own) if own.complete else None
    return render_template("expert/own.html", own=own, seen=seen, left=len(own.counted) - len(own.submitted))


@desk.page("/rounds/<round_>/list", permission=Permission.EXPERT)
def paper(round_: str) -> ResponseReturnValue:
    """All own scores of a round on one sheet for one signature, the item sheets as annex."""
    found = own_list(viewer(), round_=round_)
    return render_template(
        "expert/own_list.html",
        own=found,
        back_href=url_for("expert.home"),
        word_href=url_for("expert_own.paper_docx", round_=round_),
        words={"回避": _("回避"), "已撤回": _("已撤回"), "作废": _("作废"), "未提交": _("未提交")},
    )


@desk.page("/rounds/<round_>/list.docx", permission=Permission.EXPERT)
def paper_docx(round_: str) -> ResponseReturnValue:
    """The same list as Word file."""
    return send(*own_list_paper(viewer(), round_=round_))


def _looked_at(own: OwnRound) -> dict[str, Any]:
    sheets = {row.number: row.sheet.points for row in own.submitted if row.sheet is not None}
    found = own_scores.look(own.rubric, sheets)
    low, high, step = _axis(found.whole.spread)
    return {
        "found": found,
        "units": {row.number: row.unit for row in own.submitted},
        "axis": {"low": low, "high": high, "step": step},
        "dots": [{"value": total, "name": number, "flag": False} for number, total in found.totals],
        "tied": {number for _total, numbers in found.ties for number in numbers},
        "parts": [_part(part) for part in found.criteria],
        "sentences": _sentences(found),
    }


def _axis(spread: Spread) -> tuple[int, int, int]:
    """Whole numbers around the totals: multiples of 5 with room at both ends, at most a dozen figures."""
    low, high = int(spread.lowest // 5 * 5) - 5, int(-(-spread.highest // 5) * 5) + 5
    step = 5 if high - low <= 60 else 10
    return max(0, low // step * step), -(-high // step) * step, step


def _part(part: CriterionScores) -> dict[str, Any]:
    return {
        "key": part.key,
        "label": f"{part.key}　{part.name}",
        "spread": part.spread,
        "max": part.maximum,
        "levels": [{"name": use.name, "count": use.count, "share": use.share} for use in part.levels],
    }


def _sentences(found: OwnScores) -> list[str]:
    """What the figures say, without a judgement: nobody else's scores stand beside them."""
    lines = [
        _("%(numbers)s合计同为%(total)s分。", numbers="、".join(numbers), total=f"{total:.2f}")
        for total, numbers in found.ties
    ]
    if not found.ties:
        lines.append(_("没有合计相同的材料。"))
    if found.between is not None:
        given = {"n": found.between, "of": found.points}
        lines.append(_("%(of)s个得分中有%(n)s个用了整数之间的分值。", **given))
    unused = [use.name for use in found.whole.levels if use.count == 0]
    if unused:
        lines.append(_("没有用过的等次：%(names)s。", names="、".join(unused)))
    return lines
