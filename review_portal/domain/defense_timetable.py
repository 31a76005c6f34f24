"""Planned times of the turns: one after another, around the pauses of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which nobody defends: lunch, a night."""

    begins: datetime
    ends: datetime


def starts(
    first: datetime, count: int, *, length: timedelta, between: timedelta, pauses: Sequence[Pause] = ()
) -> list[datetime]:
    """When each of `count` turns starts: the next once the one before and `between` are over.

    A turn that would reach into a pause waits for its end.
    """
    planned: list[datetime] = []
    at = first
    for _turn in range(count):
        at = _clear_of(pauses, at, length)
        planned.append(at)
        at += length + between
    return planned


def _clear_of(pauses: Sequence[Pause], at: datetime, length: timedelta) -> datetime:
    for pause in sorted(pauses, key=lambda pause: pause.begins):
        if at < pause.ends and pause.begins < at + length:
            at = pause.ends
    return at
