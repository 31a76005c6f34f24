"""The chair's page for the case that nobody goes on: the empty final ranking is frozen for the meeting."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict
from review_portal.domain.policy import Permission
from review_portal.services import ranking, vacant_rankings
from review_portal.web.access import Desk, viewer
from review_portal.web.chair_nav import enter
from review_portal.web.chair_pages import back
from review_portal.web.forms import say

desk = Desk("chair_vacant", __name__, url_prefix="/chair")


def acts(round_: str) -> list[dict[str, Any]]:
    """The button on the ranking's page, where the act is open."""
    if vacant_rankings.offered(viewer(), round_=round_) is None:
        return []
    href = url_for("chair_vacant.freeze", round_=round_)
    return [{"href": href, "text": _("无单位入围，冻结最终排名"), "main": True}]


@desk.page("/<round_>/vacant", permission=Permission.EXPERT, methods=("GET", "POST"))
def freeze(round_: str) -> ResponseReturnValue:
    """Freeze the final ranking without a single unit."""
    found = enter(round_, _("排名与说明"))
    offered = vacant_rankings.offered(viewer(), round_=round_)
    if offered is None:
        abort(404)
    status = 200
    if request.method == "POST":
        try:
            ranking.freeze(viewer(), round_=round_, digest=request.form.get("digest", ""), nobody=True)
        except Conflict as refused:
            flash(say(refused.message), "bad")
            status = refused.status
        else:
            flash(_("最终排名已冻结，提请会议审定。"), "good")
            return redirect(url_for("chair.rank", round_=round_), 303)
    return render_template(
        "act.html",
        title=_("无单位入围，冻结最终排名"),
        lead=found.name,
        consequences=[
            _("没有单位进入下一环节，不再举行后一环节的评审。"),
            _("冻结一份没有拟遴选单位的最终排名，由秘书处提请会议审定；冻结后不可更改。"),
        ],
        facts=[
            (_("列入名单"), _("0家")),
            (_("不参与排名"), len(offered["outside"])),
        ],
        code=offered["digest"],
        code_note=_("试算校验码；冻结后另生成排名校验码"),
        hidden=[("digest", offered["digest"])],
        act_text=_("冻结最终排名"),
        grave=True,
        action=url_for("chair_vacant.freeze", round_=round_),
        **back(found, "chair.rank"),
    ), status
