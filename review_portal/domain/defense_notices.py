"""How units are told of their turn, and when the waiting for one of them is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from review_portal.domain.messages import Message, mark

WAY_WORDS: Final[Mapping[str, Message]] = {
    "letter": mark("书面送达"),
    "phone": mark("电话"),
    "text": mark("短信、微信"),
    "email": mark("电子邮件"),
    "in_person": mark("当面告知"),
}
WAYS: Final = tuple(WAY_WORDS)


def due_at(starts_at: datetime | None, called_at: datetime | None) -> datetime | None:
    """The moment from which a unit is waited for: planned and called, whichever is later.

    A panel that is behind its plan waits from the call on, one that is early waits from the planned time on.
    None where neither is known.
    """
    known = [moment for moment in (starts_at, called_at) if moment is not None]
    return max(known) if known else None


def waited_minutes(due: datetime | None, at: datetime) -> int:
    """Whole minutes waited at `at`; 0 before and where there is no time to wait from."""
    return 0 if due is None else max(0, (at - due) // timedelta(minutes=1))


def is_early(due: datetime | None, at: datetime, late_minutes: int) -> bool:
    """Whether the late minutes are not over yet at `at`."""
    return due is None or at < due + timedelta(minutes=late_minutes)
