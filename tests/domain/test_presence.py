"""Who is in the room, from the events in their order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from review_portal.domain.presence import Presence, presence

START = datetime(2023, 3, 1, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Happening:
    kind: str
    checked_by: str
    at: datetime


def told(kinds: str) -> Presence:
    """Events one minute apart; the first is checked by A, the second by B …"""
    names = {"i": "in", "o": "out", "u": "undo"}
    return presence(
        Happening(names[kind], chr(65 + place) if kind == "i" else "", START + timedelta(minutes=place))
        for place, kind in enumerate(kinds)
    )


def minute(place: int) -> datetime:
    return START + timedelta(minutes=place)


CASES = {
    "": Presence(),
    "i": Presence(minute(0), "A"),
    "io": Presence(minute(0), "A", minute(1)),
    "ioi": Presence(minute(2), "C"),
    "iu": Presence(),
    "iou": Presence(minute(0), "A"),
    "iouu": Presence(),
    "ioiu": Presence(minute(0), "A", minute(1)),
    "iui": Presence(minute(2), "C"),
    "u": Presence(),
}


@pytest.mark.parametrize("kinds", CASES)
def test_presence_follows_from_the_events_that_stand(kinds: str) -> None:
    assert told(kinds) == CASES[kinds]
