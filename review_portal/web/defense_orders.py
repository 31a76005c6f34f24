"""The order of the turns drawn in public, its printed record, and the timetable."""

from __future__ import annotations

import json
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.clock import now
from review_portal.domain.defense_timetable import Pause
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Permission
from review_portal.services import defense_orders, defense_records, defense_room, defenses
from review_portal.web.access import Desk, viewer
from review_portal.web.defense_pages import field_time, office_instant, place_of, refused
from review_portal.web.defense_schedule import schedule_page
from review_portal.web.downloads import send
from review_portal.web.filters import office_time

desk = Desk("defense_orders", __name__)
ROUND = "/defense/<round_>"
FORM = ("GET", "POST")
PAUSES = 2  # rows for a lunch and one more


@desk.page(f"{ROUND}/order", permission=Permission.SIGNED_IN, methods=FORM)
def order(round_: str) -> ResponseReturnValue:
    """Show the code, then draw by a number called out in the room; or enter the lots drawn on paper."""
    place = place_of(round_, office=True)
    slots = [slot for slot in defense_room.list_slots(viewer(), round_=round_) if not slot.withdrawn]
    if request.method == "GET" and any(slot.position for slot in slots):
        return redirect(url_for("defense_orders.order_record", round_=round_), 303)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            return _order(round_, [slot.public_id for slot in slots])
        except (Conflict, Invalid) as problem:
            faults, status = refused(problem), problem.status
    page: dict[str, Any] = {
        "place": place,
        "slots": slots,
        "rule": defense_orders.rule(viewer(), round_=round_),
        "promise": defense_orders.promise(viewer(), round_=round_),
        "faults": faults,
        "typed": request.form,
    }
    return render_template("defense/order.html", **page), status


def _order(round_: str, slots: list[str]) -> ResponseReturnValue:
    form, method = request.form, request.form.get("method", "")
    if method == "commit":
        defense_orders.commit(viewer(), round_=round_)
        flash(_("抽签校验码已公布并记入监督记录，请在现场报数。"), "good")
        return redirect(url_for("defense_orders.order", round_=round_), 303)
    if method == "paper":
        typed = {slot: form.get(f"place-{slot}", "").strip() for slot in slots}
        lots = _paper_order(typed)
        defense_orders.record_lots(viewer(), round_=round_, order=lots, witness=form.get("witness", ""))
    else:
        given = {name: form.get(name, "") for name in ("number", "caller", "witness")}
        defense_orders.draw(viewer(), round_=round_, **given)
    flash(_("答辩顺序已抽定并记入监督记录。"), "good")
    return redirect(url_for("defense.overview", round_=round_), 303)


def _paper_order(typed: dict[str, str]) -> list[str]:
    """Public ids in the order of their numbers; empty when they are not 1, 2, 3 … each once."""
    wanted = {str(number) for number in range(1, len(typed) + 1)}
    if set(typed.values()) != wanted:
        return []
    return sorted(typed, key=lambda public_id: int(typed[public_id]))


@desk.page(f"{ROUND}/order/record", permission=Permission.SIGNED_IN)
def order_record(round_: str) -> ResponseReturnValue:
    """A sheet that says how the order came about and how to compute it again."""
    record = defense_orders.order_record(viewer(), round_=round_)
    return render_template(
        "defense/order_record.html",
        record=record,
        file_href=url_for("defense_orders.order_file", round_=round_),
        back_href=url_for("defense.overview", round_=round_),
        printed_at=office_time(now()),
    )


@desk.page(f"{ROUND}/order/record.json", permission=Permission.SIGNED_IN)
def order_file(round_: str) -> ResponseReturnValue:
    """The inputs and the result, for whoever computes the order again."""
    record = defense_orders.order_record(viewer(), round_=round_).record
    if record is None:  # lots on paper: there is nothing to compute
        raise NotFound()
    data = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return send("defense-order.json", data + b"\n")


@desk.page(f"{ROUND}/timetable", permission=Permission.SIGNED_IN, methods=FORM)
def timetable(round_: str) -> ResponseReturnValue:
    """Plan the turns from a first start on."""
    place = place_of(round_, office=True)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            _set_timetable(round_)
        except (Conflict, Invalid) as problem:
            faults, status = refused(problem), problem.status
        else:
            flash(_("答辩时间已排定。"), "good")
            return redirect(url_for("defense.overview", round_=round_), 303)
    typed = request.form if request.method == "POST" else _planned(round_)
    page = render_template("defense/timetable.html", place=place, faults=faults, typed=typed, pauses=PAUSES)
    return page, status


def _planned(round_: str) -> dict[str, object]:
    """The timetable as it stands, or the call's own minutes to begin with."""
    shown = defense_room.room(viewer(), round_=round_)
    first = next((slot.starts_at for slot in shown.turns if slot.starts_at and not slot.called_at), None)
    found: dict[str, object] = {"first": field_time(first), "break_minutes": shown.break_minutes}
    found["call_minutes"] = shown.call_minutes
    for at, (name, begins, ends) in enumerate(shown.pauses):
        found |= {
            f"pause-name-{at}": name,
            f"pause-{at}": field_time(begins),
            f"until-{at}": field_time(ends),
        }
    return found


def _set_timetable(round_: str) -> None:
    faults: dict[str, Message] = {}
    first = office_instant(request.form.get("first", ""))
    if first is None:
        faults["first"] = mark("请填写第一家的开始日期和时间。")
    minutes = {name: _minutes(name, faults) for name in ("break_minutes", "call_minutes")}
    pauses = [pause for at in range(PAUSES) for pause in _pause(at, faults)]
    if first is None or faults:
        raise Invalid(mark("时间未排定，请更正标出的内容。"), faults)
    defenses.set_timetable(viewer(), round_=round_, first=first, pauses=pauses, **minutes)


def _minutes(name: str, faults: dict[str, Message]) -> int:
    typed = request.form.get(name, "").strip() or "0"
    if typed.isdecimal() and len(typed) < 5:
        return int(typed)
    faults[name] = mark("请填写整数分钟数，没有间隔填0。")
    return 0


def _pause(at: int, faults: dict[str, Message]) -> list[tuple[str, Pause]]:
    """The pause of a row, none where the row is blank."""
    texts = [request.form.get(f"{name}-{at}", "").strip() for name in ("pause", "until")]
    if not any(texts):
        return []
    begins, ends = (office_instant(text) for text in texts)
    if begins is None or ends is None:
        faults[f"pause-{at}"] = mark("请填写休息的开始和结束时间，不休息的两项都留空。")
        return []
    return [(request.form.get(f"pause-name-{at}", "").strip()[:20], Pause(begins, ends))]


@desk.page("/defense/turns/<slot>/start", permission=Permission.SIGNED_IN, methods=FORM)
def move(slot: str) -> ResponseReturnValue:
    """Move one turn's planned start, with a reason."""
    view = defense_records.view(viewer(), slot=slot)
    place = place_of(view.round_, office=True)
    row = next(row for row in defense_room.list_slots(viewer(), round_=view.round_) if row.public_id == slot)
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            _move(slot)
        except (Conflict, Invalid) as problem:
            faults, status = refused(problem), problem.status
        else:
            flash(_("答辩时间已调整，理由记入监督记录。"), "good")
            return redirect(url_for("defense.overview", round_=view.round_), 303)
    typed = request.form if request.method == "POST" else {"start": field_time(row.starts_at)}
    page = render_template("defense/move.html", place=place, row=row, faults=faults, typed=typed)
    return page, status


def _move(slot: str) -> None:
    start, seen = office_instant(request.form.get("start", "")), request.form.get("version", "")
    if start is None:
        raise Invalid(mark("时间未调整，请更正标出的内容。"), {"start": mark("请填写日期和时间。")})
    defenses.move_turn(
        viewer(),
        slot=slot,
        start=start,
        reason=request.form.get("reason", ""),
        following=bool(request.form.get("following")),
        seen=int(seen) if seen.isdecimal() and len(seen) < 9 else None,
    )


@desk.page(f"{ROUND}/schedule", permission=Permission.SIGNED_IN)
def schedule(round_: str) -> ResponseReturnValue:
    """The timetable as a sheet for the office, with who has to leave."""
    place = defense_room.place(viewer(), round_=round_)
    shown = defense_room.room(viewer(), round_=round_)
    leaving = {row.number: "、".join(row.leaving) for row in shown.turns}
    page = schedule_page(shown, leaving, _("须离场专家"))
    back = url_for("defense.overview", round_=round_)
    return render_template("defense/schedule.html", **page, call_title=place.call_title, back_href=back)


@desk.page("/room/<round_>/schedule", permission=Permission.SIGNED_IN)
def own_schedule(round_: str) -> ResponseReturnValue:
    """The timetable for an expert of the panel: only the own leaving, no unit that one is recused from."""
    shown, own = defense_room.own_turns(viewer(), round_=round_)
    leaving = {turn.number: _("请离场") for turn in own if turn.leaves}
    page = schedule_page(shown, leaving, _("本人"), hidden=frozenset(leaving))
    return render_template("defense/schedule.html", **page, call_title="", back_href=url_for("expert.home"))
