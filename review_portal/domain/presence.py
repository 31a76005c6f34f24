"""Who is in the room: what follows from the events of a panel member, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

EVENTS = ("in", "out", "undo")


class Event(Protocol):
    """A member signs in (`in`), leaves (`out`), or the last of these that stands is taken back (`undo`)."""

    @property
    def kind(self) -> str: ...
    @property
    def checked_by(self) -> str: ...
    @property
    def at(self) -> datetime: ...


Happened = TypeVar("Happened", bound=Event)


@dataclass(frozen=True, slots=True)
class Presence:
    """Signed in since when, identity checked by whom, left when; None where that has not happened."""

    since: datetime | None = None
    checked_by: str = ""
    left: datetime | None = None


def standing(events: Iterable[Happened]) -> list[Happened]:
    """The events that nothing has taken back."""
    found: list[Happened] = []
    for event in events:
        if event.kind != "undo":
            found.append(event)
        elif found:
            found.pop()
    return found


def presence(events: Iterable[Event]) -> Presence:
    """What follows from the events that stand."""
    found = Presence()
    for event in standing(events):
        if event.kind == "in":
            found = Presence(event.at, event.checked_by)
        else:
            found = Presence(found.since, found.checked_by, event.at)
    return found
