"""Words and clock of the room: for the projector, for whoever controls it, for the experts' strip."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.clock import OFFICE_ZONE
from review_portal.domain.defense_clock import ACTS, LAST_MINUTE, WORDS
from review_portal.services.defense_control import Offer
from review_portal.services.defense_room import Live, OwnTurn, Room, RoomClock
from review_portal.services.defense_slots import SlotRow
from review_portal.web.forms import say


def room_page(shown: Room, round_: str, now: datetime) -> dict[str, Any]:
    """The projector: who is in, how long, who is next; before that the code of the draw, then the order."""
    today = now.astimezone(OFFICE_ZONE)
    inside = shown.current if shown.current and not shown.over else None
    waits = not inside and shown.next is not None and any(slot.called_at for slot in shown.turns)
    return {
        "session_title": _(
            "%(name)s　%(y)s年%(m)s月%(d)s日", name=shown.name, y=today.year, m=today.month, d=today.day
        ),
        "session_words": _count(shown, inside or (shown.next if waits else None)),
        "unit": _unit(inside) if inside else _unit(shown.next) if waits and shown.next else None,
        "waits": waits,
        "leave": bool(inside and inside.leaving),
        "clock": _clock(shown, shown.clock) if inside and shown.clock else None,
        "order": [_line(slot) for slot in shown.turns] if _not_begun(shown) else [],
        "commitment": shown.commitment,
        "idle": _("本轮答辩结束") if shown.done else _("答辩顺序尚未抽定"),
        "next": shown.next.unit if shown.next and inside else "",
        "aside": "；".join(_("%(unit)s　放弃答辩", unit=unit) for unit in shown.absent),
        "state_url": url_for("room.screen_state", round_=round_),
        "again_url": url_for("room.screen", round_=round_, again=1),
        "code": shown.code,
    }


def _count(shown: Room, at: SlotRow | None) -> str:
    if at is None:
        return _("共%(n)s家　评分专家%(panel)s人", n=shown.slots, panel=shown.panel)
    place = shown.turns.index(at) + 1
    return _("第%(at)s家，共%(n)s家　评分专家%(panel)s人", at=place, n=shown.slots, panel=shown.panel)


def _unit(slot: SlotRow) -> dict[str, str]:
    words = _("%(number)s　%(by)s推荐", number=slot.number, by=slot.recommender)
    return {"number_words": words, "title": slot.unit}


def _not_begun(shown: Room) -> bool:
    return shown.drawn and not shown.done and not any(slot.called_at for slot in shown.turns)


def _line(slot: SlotRow) -> dict[str, Any]:
    return {"position": slot.position, "unit": slot.unit, "time": _hour(slot.starts_at)}


def _hour(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(OFFICE_ZONE):%H:%M}"


def _clock(shown: Room, clock: RoomClock) -> dict[str, Any]:
    plan = {"present": shown.present_minutes, "questions": shown.question_minutes}
    words = {
        "presenting": _("共%(present)s分钟，随后提问%(questions)s分钟", **plan),
        "presented": _("提问%(questions)s分钟", **plan),
        "asking": _("提问共%(questions)s分钟", **plan),
    }
    waiting = _("汇报%(present)s分钟，提问%(questions)s分钟", **plan)
    return {
        **_face(clock),
        "phase": say(WORDS[clock.phase]),
        "words": words.get(clock.phase, waiting),
    }


def _face(clock: RoomClock) -> dict[str, Any]:
    """The clock itself: seconds, text, and the sign that the bell stands for."""
    minutes, seconds = divmod(abs(clock.left), 60)
    timed = clock.phase in ("presenting", "asking")
    signs = {"last": _("剩余1分钟"), "up": _("时间到"), "paused": _("计时暂停")}
    sign = ""
    if timed and clock.left <= LAST_MINUTE:
        sign = signs["up"] if clock.left <= 0 else signs["last"]
    return {
        "seconds": clock.seconds,
        "left": clock.left,
        "running": clock.running,
        "late": timed and clock.left <= LAST_MINUTE,
        "face": f"{'+' if clock.left < 0 else ''}{minutes:02d}:{seconds:02d}",
        "sign": signs["paused"] if timed and not clock.running else sign,
        "signs": signs,
        "at_least": LAST_MINUTE,
    }


def control_page(shown: Room, offer: Offer, round_: str) -> dict[str, Any]:
    """Who is in and who is next, with whom they make leave, and the buttons that make sense now."""
    inside = shown.current if shown.current and not shown.over else None
    following = shown.next
    return {
        "inside": inside,
        "following": following,
        "clock": _clock(shown, shown.clock) if inside and shown.clock else None,
        "count": _count(shown, inside or following),
        "done": shown.done,
        "drawn": shown.drawn,
        "version": offer.version,
        "acts": [(act, say(ACTS[act])) for act in offer.acts],
        "call_href": url_for("room.call_in", slot=following.public_id)
        if following and offer.calls_next
        else "",
        "press_href": url_for("room.press", round_=round_),
        "record_href": url_for("defense.record", slot=shown.current.public_id) if shown.current else "",
        "state_url": url_for("room.control_state", round_=round_),
        "code": shown.code,
    }


def strip_page(live: Live, sheet: str = "") -> dict[str, Any]:
    """The strip: where the room is, the own sheet of the unit that is in, or that one has to leave.

    `sheet`: the review whose sheet the strip stands on; no link leads there.
    """
    inside = live.current if live.current and not live.over else None
    return {
        "round": live.name,
        "words": _where(live, inside, bool(sheet) and live.review == sheet),
        "leave": _leave(live, inside) if inside and inside.leaves else "",
        "clock": {**_face(live.clock), "phase": say(WORDS[live.clock.phase])}
        if inside and live.clock
        else None,
        "sheet": url_for("expert.sheet", review=live.review)
        if inside and live.review not in (None, sheet)
        else "",
        "sheet_words": _("打开%(number)s评分表", number=inside.number) if inside else "",
        "next": _next(live.next) if live.next and not live.done else "",
        "schedule": url_for("defense_orders.own_schedule", round_=live.round_),
        "state_url": url_for("room.strip_state", round_=live.round_, sheet=sheet or None),
        "code": live.code,
    }


def _where(live: Live, inside: OwnTurn | None, here: bool) -> str:
    if live.done:
        return _("本轮答辩结束")
    if inside is None:
        return _("等候下一家入场")
    if here:
        return _("第%(at)s家　本页单位", at=inside.position)
    unit = inside.unit or _("（已回避，不再显示）")
    return _("第%(at)s家　%(number)s　%(unit)s", at=inside.position, number=inside.number, unit=unit)


def _leave(live: Live, inside: OwnTurn) -> str:
    if live.back_at is None:
        return _("本家（%(number)s）与您有回避情形，请离场，本家结束后返回。", number=inside.number)
    at = _hour(live.back_at)
    return _("本家（%(number)s）与您有回避情形，请离场，至%(at)s返回。", number=inside.number, at=at)


def _next(turn: OwnTurn) -> str:
    at = _hour(turn.starts_at)
    if turn.leaves:
        words = _("下一家　%(number)s　与您有回避情形，届时请离场", number=turn.number)
    else:
        words = _("下一家　%(number)s　%(unit)s", number=turn.number, unit=turn.unit)
    return f"{words}　{at}" if at else words
