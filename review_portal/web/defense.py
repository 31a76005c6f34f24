"""The defense: preparing it, its turns, a record of each, and an absence."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Permission
from review_portal.services import calls, defense_records, defense_room, defenses
from review_portal.services.defense_records import RecordRow, SlotView
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
        raise NotFound()
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


@desk.page(SLOT, permission=Permission.SIGNED_IN, methods=FORM)
def record(slot: str) -> ResponseReturnValue:
    """The minutes of a turn; a correction is a new version with a reason."""
    view = defense_records.view(viewer(), slot=slot)
    place = _place(view.round_)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            _record(view)
        except Conflict as refused:
            if isinstance(refused.theirs, RecordRow):
                return _two_texts(view, refused.theirs)
            faults, status = _refused(refused), refused.status
        except Invalid as refused:
            faults, status = _refused(refused), refused.status
        else:
            flash(_("答辩记录已保存。"), "good")
            return redirect(url_for("defense.overview", round_=view.round_), 303)
    values = defense_pages.record_values(view)
    page = render_template(
        "defense/record.html", place=place, view=view, values=values, faults=faults, version=_version(view)
    )
    return page, status


def _version(view: SlotView) -> int:
    """The version that the reader has seen: kept through refusals, so that a newer one is noticed."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else len(view.records)


def _record(view: SlotView) -> None:
    defense_records.record(
        viewer(),
        slot=view.public_id,
        attendees=defense_pages.typed_attendees(view.attendees_max),
        questions=request.form.get("questions", ""),
        commitments=request.form.get("commitments", ""),
        result=request.form.get("result") or None,
        conditions=request.form.get("conditions", ""),
        reason=request.form.get("reason", ""),
        after=_version(view),
    )


def _two_texts(view: SlotView, theirs: RecordRow) -> ResponseReturnValue:
    here = url_for("defense.record", slot=view.public_id)
    typed = [
        (name, text)
        for name, text in request.form.items()
        if name not in ("csrf_token", "version", "decision")
    ]
    page = render_template(
        "errors/conflict.html",
        what=f"{view.number}　{view.unit}",
        fields=defense_pages.both(view, theirs),
        theirs_when="",
        keep={"action": here, "version": theirs.ordinal, "hidden": typed},
        back_href=here,
    )
    return page, 409


@desk.page(f"{SLOT}/absent", permission=Permission.SIGNED_IN, methods=FORM)
def absent(slot: str) -> ResponseReturnValue:
    """The chair states that a unit did not come; the supervisor confirms on the page of requests."""
    view = defense_records.view(viewer(), slot=slot)
    place = _place(view.round_)
    if not place.chairs:
        raise NotFound()
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            defense_records.ask_absent(viewer(), slot=slot, reason=request.form.get("reason", ""))
        except (Conflict, Invalid) as refused:
            faults, status = _refused(refused), refused.status
        else:
            flash(_("已提请监督人员确认缺席。"), "good")
            return redirect(url_for("defense.overview", round_=view.round_), 303)
    return render_template("act.html", **_absent_page(view, faults)), status


def _absent_page(view: SlotView, faults: dict[str, str]) -> dict[str, Any]:
    waited = _("规定时间后%(n)s分钟未到场", n=view.late_minutes)
    return {
        "title": _("提请确认缺席：%(unit)s", unit=view.unit),
        "lead": _("缺席视为放弃答辩，须组长、监督人员双人确认。"),
        "consequences": [
            _("监督人员确认后，该单位登记为“放弃答辩”，不参与排名，本轮评分表作废。"),
            _("监督人员不同意的，一切不变。"),
        ],
        "facts": [(_("单位"), f"{view.number}　{view.unit}")],
        "reason": {
            "label": _("事由"),
            "hint": _("写明规定时间和等候情况。"),
            "value": request.form.get("reason", waited),
            "err": faults.get("reason", ""),
        },
        "action": url_for("defense.absent", slot=view.public_id),
        "act_text": _("提请监督人员确认"),
        "back_href": url_for("defense.overview", round_=view.round_),
    }
