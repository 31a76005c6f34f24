"""What the defense's pages are given: the frame by office, rows of turns, the typed values of minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from review_portal.clock import OFFICE_ZONE
from review_portal.domain.defense_results import ABSTAINED, ABSTAINED_WORD
from review_portal.domain.errors import NotFound, PortalError
from review_portal.services import defense_room
from review_portal.services.defense_room import RoundPlace
from review_portal.services.defense_slots import SlotRow
from review_portal.web import secretariat_nav, supervisor_nav
from review_portal.web.access import viewer
from review_portal.web.forms import say
from review_portal.web.frame import set_desk
from review_portal.web.secretariat_forms import FIRST_YEAR

LAST_YEAR = 9000  # later ones leave no room to add minutes to
_SHAPES = {"recommended": "done", "conditional": "warn", "not_recommended": "bad", ABSTAINED: "out"}


def enter(place: RoundPlace) -> None:
    """The frame of whoever looks: secretariat, chair or supervisor."""
    here = (_("现场答辩"), url_for("defense.overview", round_=place.public_id))
    if place.runs:
        secretariat_nav.enter(place.call, here[0])
    elif place.chairs:
        home = (_("组长工作台"), f"{request.script_root}/chair/{place.public_id}/")
        set_desk(_("组长"), [home, here], current=here[0], call=place.call, label=_("组长"))
    else:
        supervisor_nav.enter(place.call, here[0])


def turn(slot: SlotRow, words: Mapping[str, str]) -> dict[str, Any]:
    """A row of the table of turns, with shape and word of where it stands."""
    if slot.result is not None:
        kind = _SHAPES[slot.result]
        word = say(ABSTAINED_WORD) if slot.result == ABSTAINED else words.get(slot.result, slot.result)
    elif slot.withdrawn:
        kind, word = "out", _("已撤回")
    elif slot.over_at is not None:
        kind, word = "part", _("已答辩，待登记")
    elif slot.called_at is not None:
        kind, word = "part", _("已进场")
    else:
        kind, word = "none", _("待答辩")
    return {"row": slot, "kind": kind, "word": word, "off": slot.withdrawn or slot.result == ABSTAINED}


def office_instant(text: str) -> datetime | None:
    """What a datetime-local field sends, as an instant in the office's zone; None when it is none."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)
    except ValueError:
        return None
    return moment if FIRST_YEAR <= moment.year < LAST_YEAR else None


def field_time(moment: datetime | None) -> str:
    """An instant as a datetime-local field shows it, in the office's zone."""
    return f"{moment.astimezone(OFFICE_ZONE):%Y-%m-%dT%H:%M}" if moment else ""


def place_of(round_: str, *, office: bool = False) -> RoundPlace:
    """The round with the frame around it. `office`: only for who runs the call."""
    place = defense_room.place(viewer(), round_=round_)
    if office and not place.runs:
        raise NotFound()
    enter(place)
    return place


def refused(problem: PortalError) -> dict[str, str]:
    """Sentences at their fields; without fields the sentence heads the page."""
    if not problem.fields:
        flash(say(problem.message), "bad")
    return {name: say(message) for name, message in problem.fields.items()}
