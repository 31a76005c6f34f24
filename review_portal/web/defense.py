"""The defense: preparing it, the order, the timetable, a record of each turn, and the screen in the room."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal import clock
from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import calls, defense_records, defense_room, defenses
from review_portal.services.defense_records import RecordRow, SlotView
from review_portal.services.defense_room import RoundPlace
from review_portal.web import defense_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say

desk = Desk("defense", __name__)
ROUND = "/defense/<round_>"
SLOT = "/defense/turns/<slot>"
FORM = ("GET", "POST")


def _place(round_: str, *, office: bool = False) -> RoundPlace:
    """The round with the frame around it. `office`: only for who runs the call."""
    place = defense_room.place(viewer(), round_=round_)
    if office and not place.runs:
        raise NotFound()
    defense_pages.enter(place)
    return place


def _refused(problem: PortalError) -> dict[str, str]:
    """Sentences at their fields; without fields the sentence heads the page."""
    if not problem.fields:
        flash(say(problem.message), "bad")
    return {name: say(message) for name, message in problem.fields.items()}


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
    return render_template("defense/overview.html", place=place, turns=turns, drawn=drawn)


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


@desk.page(f"{ROUND}/order", permission=Permission.SIGNED_IN, methods=FORM)
def order(round_: str) -> ResponseReturnValue:
    """Draw the order here, or enter the one that was drawn by lot on paper."""
    place = _place(round_, office=True)
    slots = [s for s in defense_room.list_slots(viewer(), round_=round_) if not s.withdrawn]
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {slot.public_id: request.form.get(f"place-{slot.public_id}", "").strip() for slot in slots}
        paper = _paper_order(typed) if request.form.get("method") == "paper" else None
        try:
            defenses.draw_order(viewer(), round_=round_, order=paper, witness=request.form.get("witness", ""))
        except (Conflict, Invalid) as refused:
            faults, status = _refused(refused), refused.status
        else:
            flash(_("答辩顺序已抽定并记入监督记录。"), "good")
            return redirect(url_for("defense.overview", round_=round_), 303)
    page = render_template("defense/order.html", place=place, slots=slots, faults=faults, typed=request.form)
    return page, status


def _paper_order(typed: dict[str, str]) -> list[str]:
    """Public ids in the order of their numbers; empty when they are not 1, 2, 3 … each once."""
    wanted = {str(number) for number in range(1, len(typed) + 1)}
    if set(typed.values()) != wanted:
        return []
    return sorted(typed, key=lambda public_id: int(typed[public_id]))


@desk.page(f"{ROUND}/timetable", permission=Permission.SIGNED_IN, methods=FORM)
def timetable(round_: str) -> ResponseReturnValue:
    """Plan the turns from a first start on."""
    place = _place(round_, office=True)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            _set_timetable(round_)
        except (Conflict, Invalid) as refused:
            faults, status = _refused(refused), refused.status
        else:
            flash(_("答辩时间已排定。"), "good")
            return redirect(url_for("defense.overview", round_=round_), 303)
    typed = request.form
    return render_template("defense/timetable.html", place=place, faults=faults, typed=typed), status


def _set_timetable(round_: str) -> None:
    first = defense_pages.office_instant(request.form.get("first", ""))
    pause = request.form.get("break_minutes", "").strip() or "0"
    faults = {}
    if first is None:
        faults["first"] = mark("请填写第一家的开始日期和时间。")
    if not (pause.isdecimal() and len(pause) < 5):
        faults["break_minutes"] = mark("请填写整数分钟数，没有间隔填0。")
    if first is None or faults:
        raise Invalid(mark("时间未排定，请更正标出的内容。"), faults)
    defenses.set_timetable(viewer(), round_=round_, first=first, break_minutes=int(pause))


@desk.page(f"{SLOT}/call", permission=Permission.SIGNED_IN, methods=("POST",))
def call_in(slot: str) -> ResponseReturnValue:
    """The unit is called in; its time runs on the room's screen."""
    view = defense_records.view(viewer(), slot=slot)
    try:
        defenses.call_in(viewer(), slot=slot)
    except Conflict as refused:
        flash(say(refused.message), "bad")
    return redirect(url_for("defense.overview", round_=view.round_), 303)


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


@desk.page("/room/<round_>", permission=Permission.SIGNED_IN)
def room(round_: str) -> ResponseReturnValue:
    """The projector in the room; no scores."""
    shown = defense_room.room(viewer(), round_=round_)
    return render_template("defense/room.html", **defense_pages.room_page(shown, round_, clock.now()))


@desk.page("/room/<round_>/state", permission=Permission.SIGNED_IN)
def room_state(round_: str) -> ResponseReturnValue:
    """Whether the room has to be shown anew: 304 while the code in If-None-Match still holds."""
    shown = defense_room.room(viewer(), round_=round_)
    response = make_response({"code": shown.code})
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(shown.code)
    return response.make_conditional(request)
