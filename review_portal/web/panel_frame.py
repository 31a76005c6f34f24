"""The frame around what the panel does together at the end of a round: its chair's desk, or an office's."""

from __future__ import annotations

from flask_babel import gettext as _

from review_portal.services import defense_room
from review_portal.services.defense_room import RoundPlace
from review_portal.web import chair_nav, secretariat_nav, supervisor_nav
from review_portal.web.access import viewer


def enter(round_: str, current: str) -> RoundPlace:
    """The round, with the frame of whoever looks: chair, secretariat or supervisor. Raises `NotFound`."""
    place = defense_room.place(viewer(), round_=round_)
    both = _("专家组意见与表决")  # one entry in an office's list
    if place.chairs:
        chair_nav.enter(round_, current)
    elif place.runs:
        secretariat_nav.enter(place.call, both)
    else:
        supervisor_nav.enter(place.call, both)
    return place
