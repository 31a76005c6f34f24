"""What sending and showing reminders share: the letter's facts, the result that counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from review_portal.clock import OFFICE_ZONE
from review_portal.exports.reminder_letter import ReminderLetter
from review_portal.models.calls import Call, Round
from review_portal.services.own_deadlines import Owing
from review_portal.services.rules import rules_of

AGAIN_AFTER = timedelta(hours=20)  # under a day: tomorrow's automatic letter is not put off by today's
RESULTS = ("sent", "failed", "skipped", "unknown")


def said_deadline(at: datetime | None) -> str:
    """2023年3月10日17时30分, in the office's zone; empty where there is none."""
    if at is None:
        return ""
    local = at.astimezone(OFFICE_ZONE)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02d}分"


def letter_of(call: Call, round_: Round, owing: Owing, address: str) -> ReminderLetter:
    """What this expert is told."""
    stage = rules_of(call).round_name(round_.stage, round_.panel)
    return ReminderLetter(
        call.title, stage, owing.expert.name, owing.open_sheets, said_deadline(owing.deadline), address
    )


def standing_result(kinds: set[str]) -> str:
    """Of several results the surest one; "claimed" or "" while there is none."""
    for kind in ("sent", "failed", "skipped", "unknown", "claimed"):
        if kind in kinds:
            return kind
    return ""
