"""确认本人评分 in words: who has confirmed, and the page of the request that a supervisor witnesses."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from review_portal.domain.messages import Message, mark
from review_portal.services.approval_views import RequestView
from review_portal.services.confirmation_state import RoundSeats
from review_portal.web.approval_acts import Words
from review_portal.web.filters import code_groups, office_time
from review_portal.web.forms import say

STATES: dict[str, tuple[str, Message]] = {
    "open": ("none", mark("未确认")),
    "changed": ("warn", mark("评分有变化，须重新确认")),
    "confirmed": ("done", mark("已确认一致")),
    "disputed": ("bad", mark("不一致")),
    "paper": ("done", mark("纸质签字，已登记")),
    "absent": ("hold", mark("未能到场，已登记")),
}
KINDS: dict[str, Message] = {"paper": mark("纸质签字确认"), "absent": mark("未能到场确认")}


def round_rows(found: RoundSeats, *, named: bool) -> dict[str, Any]:
    """One round for the template of the table; names only for the offices."""
    return {
        "name": found.name,
        "id": found.round_,
        "done": found.done,
        "total": len(found.seats),
        "rows": [
            {
                "member": seat.member,
                "code": seat.code,
                "name": seat.name if named else "",
                "sheets": seat.sheets,
                "kind": STATES[seat.state][0],
                "state": say(STATES[seat.state][1]),
                "reason": seat.reason,
                "at": office_time(seat.at) if seat.at else "",
                "open": seat in found.open,
                "waiting": seat.waiting,
            }
            for seat in found.seats
        ],
    }


def confirm_words(view: RequestView) -> Words:
    """What the supervisor reads before standing by a record of the secretariat."""
    payload = view.request.payload
    paper = payload.get("kind") == "paper"
    what = say(KINDS["paper" if paper else "absent"])
    consequences = (
        [_("该专家在纸质清单上签字，确认与本人评分一致；签字件由秘书处登记留存。")]
        if paper
        else [_("该专家未能到场确认，事由记入监督记录；其评分按留存的评分表和回执计入。")]
    )
    return Words(
        _("同意登记：%(what)s", what=what),
        _("由秘书处登记、监督人员见证；专家本人以后仍可在系统中确认或表示不一致。"),
        _("经办人"),
        _("监督人员"),
        [*consequences, _("本轮应确认的专家全部确认或登记后，名单方可离开评审现场。")],
        [
            (_("轮次"), payload.get("round")),
            (_("专家"), f"{payload.get('expert')}　{payload.get('name')}"),
            (_("情形"), what),
            (_("评分表"), _("%(n)s份", n=payload.get("sheets"))),
            (_("本人评分校验码"), code_groups(payload.get("own"))),
        ],
        _("我已当面核对专家签字") if paper else _("我已核实该专家未能到场的事由"),
        _("同意登记"),
    )
