"""The defense: preparing it, and its turns."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import calls, defense_records, defense_room, defenses
from review_portal.web import defense_pages
from review_portal.web.access import Desk, viewer

desk = Desk("defense", __name__)
ROUND = "/defense/<round_>"
SLOT = "/defense/turns/<slot>"
FORM = ("GET", "POST")


_place, _refused = defense_pages.place_of, defense_pages.refused


@desk.page("/secretariat/<call>/defense", permission=Permission.SIGNED_IN)
def of_call(call: str) -> ResponseReturnValue:
    """The call's last scoring round."""
    rounds = calls.view(viewer(), call=call).rounds
    if len(rounds) < 2:
        raise NotFound(mark("本批次没有现场答辩。"))
    return redirect(url_for("defense.overview", round_=rounds[-1].public_id), 303)


@desk.page(ROUND, permission=Permission.SIGNED_IN)
def overview(round_: str) -> ResponseReturnValue:
    """The turns in their order, and what is next."""
    place = _place(round_)
    slots = defense_room.list_slots(viewer(), round_=round_)
    words = defense_records.words(viewer(), round_=round_)
    turns = [defense_pages.turn(slot, words) for slot in slots]
    drawn = any(slot.position is not None for slot in slots)
    early = defense_room.room(viewer(), round_=round_).call_minutes if turns else 0
    return render_template("defense/overview.html", place=place, turns=turns, drawn=drawn, early=early)


@desk.page(f"{ROUND}/prepare", permission=Permission.SIGNED_IN, methods=FORM)
def prepare(round_: str) -> ResponseReturnValue:
    """Make the turns of the shortlisted units."""
    place, status = _place(round_, office=True), 200
    if request.method == "POST":
        try:
            defenses.prepare(viewer(), round_=round_)
        except Conflict as refused:
            _refused(refused)
            status = refused.status
        else:
            flash(_("答辩名单已生成，专家组和评审任务已就绪。"), "good")
            return redirect(url_for("defense.overview", round_=round_), 303)
    page: dict[str, Any] = {
        "title": _("生成答辩名单"),
        "lead": place.name,
        "consequences": [
            _("冻结的入围名单中的单位全部进入现场答辩。"),
            _("专家组沿用上一轮，须重新签署承诺；本轮已另行确定专家组的，以已确定的为准。"),
            _("每位专家评审全部答辩单位，有回避情形的除外。"),
        ],
        "facts": [],
        "action": url_for("defense.prepare", round_=round_),
        "act_text": _("生成答辩名单"),
        "back_href": url_for("defense.overview", round_=round_),
    }
    return render_template("act.html", **page), status
