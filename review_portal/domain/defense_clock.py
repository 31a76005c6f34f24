"""Where a turn of the defense stands, what may be done next, and what its clock shows: one table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import Message, mark

# waiting: called in, not begun; presented: between presentation and questions; over: until the next is called
Phase = Literal["idle", "waiting", "presenting", "presented", "asking", "over"]
PHASES: Final = ("idle", "waiting", "presenting", "presented", "asking", "over")
MINUTE: Final = timedelta(minutes=1)
LAST_MINUTE: Final = 60

ACTS: Final[dict[str, Message]] = {
    "start": mark("开始汇报"),
    "end_presentation": mark("结束汇报"),
    "ask": mark("开始提问"),
    "pause": mark("暂停计时"),
    "resume": mark("继续计时"),
    "add_minute": mark("加1分钟"),
    "finish": mark("本家结束"),
    "reopen": mark("恢复提问"),
    "send_back": mark("退回候场"),
}
WORDS: Final[dict[str, Message]] = {
    "idle": mark("候场"),
    "waiting": mark("已入场，待汇报"),
    "presenting": mark("汇报"),
    "presented": mark("汇报结束，待提问"),
    "asking": mark("提问"),
    "over": mark("本家结束"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A phase and its time: `left` seconds at `since`, which is None while the clock stands."""

    phase: Phase
    planned: int
    left: int
    since: datetime | None

    def remaining(self, now: datetime) -> int:
        """Seconds left; below zero the time is over."""
        if self.since is None:
            return self.left
        return self.left - int((now - self.since).total_seconds())


IDLE: Final = Clock("idle", 0, 0, None)


def called(present: int) -> Clock:
    """A unit has come in: its clock stands at the full time (seconds)."""
    return Clock("waiting", present, present, None)


def offered(clock: Clock, questions: int, now: datetime) -> tuple[str, ...]:
    """The acts that make sense now, the one to expect first; calling in the next unit is not among them."""
    timing = ("resume" if clock.since is None else "pause", "add_minute")
    if clock.phase == "waiting":
        return ("start", "send_back")
    if clock.phase == "presenting":
        onwards = "ask" if questions and clock.remaining(now) <= 0 else "end_presentation"
        return (onwards, *timing)
    if clock.phase == "presented":
        return ("ask", "finish") if questions else ("finish",)
    if clock.phase == "asking":
        return ("finish", *timing)
    return ("reopen",) if clock.phase == "over" and clock.planned and questions else ()


def after(clock: Clock, act: str, questions: int, now: datetime) -> Clock:
    """The clock once `act` is done (`questions` in seconds). Raises `Conflict` where it is not offered."""
    if act not in offered(clock, questions, now):
        raise Conflict(mark("当前环节不能办理此事项，页面可能已过时，请刷新后再看。"))
    left = clock.remaining(now)
    if act == "start":
        return Clock("presenting", clock.planned, clock.planned, now)
    if act == "send_back":
        return IDLE
    if act == "end_presentation":
        return Clock("presented", questions, questions, None)
    if act == "ask":
        return Clock("asking", questions, questions, now)
    if act == "add_minute":
        return replace(clock, planned=clock.planned + 60, left=clock.left + 60)
    if act == "finish":
        return Clock("over", clock.planned, left, None)
    if act == "reopen":
        return replace(clock, phase="asking")
    return replace(clock, left=left, since=now if act == "resume" else None)
