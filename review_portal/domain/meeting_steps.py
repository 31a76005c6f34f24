"""The steps of a meeting day against what the portal knows: what may be ticked, by whom, and what is next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from review_portal.domain.messages import Message, mark

SECRETARIAT, SUPERVISOR = "secretariat", "supervisor"
SIDES = (SECRETARIAT, SUPERVISOR)
KINDS = ("tick", "back", "remark")


class Step(Protocol):
    """A step as `scoring_rubrics.MeetingStep` has it."""

    @property
    def name(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def check(self) -> str | None: ...


class Mark(Protocol):
    """A tick, its taking back, or a remark."""

    @property
    def step(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def kind(self) -> str: ...


Stepped = TypeVar("Stepped", bound=Step)
Marked = TypeVar("Marked", bound=Mark)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the portal knows of a round's day: counts, times and names of offices, nothing from points.

    panel: experts who have not left the round; came: those of them who have signed in; present: those still
    in the room; pledged: of those who came. `open` and `submitted` count sheets. closed_by: who asked for the
    end of scoring, who agreed.
    """

    state: str
    panel: int = 0
    came: int = 0
    present: int = 0
    quorum: int = 0
    pledged: int = 0
    elected_at: datetime | None = None
    votes: int = 0
    voters: int = 0
    open: int = 0
    submitted: int = 0
    closed_at: datetime | None = None
    closed_by: tuple[str, str] = ("", "")
    unsealed_at: datetime | None = None
    asked_by: str = ""
    agreed_by: str = ""
    finished_at: datetime | None = None
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the data say of a step: whether it is done, since when, in words; `lacking` until it is done."""

    done: bool
    words: Message
    lacking: Message
    at: datetime | None = None


def known(step: Step, facts: Facts) -> Known | None:
    """What the portal itself knows of a step; None where only people know."""
    return _CHECKS[step.check](facts) if step.check else None


def required(step: Step, side: str) -> bool:
    """Whether the step takes this side's tick."""
    return step.by in (side, "both")


def standing(marks: Iterable[Marked]) -> dict[tuple[str, str], Marked]:
    """(step, side) -> the tick that nobody has taken back."""
    found: dict[tuple[str, str], Marked] = {}
    for item in marks:
        if item.kind == "tick":
            found[item.step, item.side] = item
        elif item.kind == "back":
            found.pop((item.step, item.side), None)
    return found


def not_running(state: str) -> Message | None:
    """Why nothing of a round's day is recorded now."""
    if state == "draft":
        return mark("本轮尚未开启，开启后方可办理会议日清单。")
    return mark("本轮已作废，会议日清单不再办理。") if state == "void" else None


def refusal(
    step: Step, side: str, facts: Facts, ticked: Mapping[tuple[str, str], Mark] | None = None
) -> Message | None:
    """Why this side may not tick now; None when it may.

    The supervisor may also confirm what is the secretariat's alone, not the other way round.
    """
    said = not_running(facts.state)
    if said is None and side == SECRETARIAT and not required(step, side):
        said = mark("“%(step)s”由监督人员勾选。", step=step.name)
    seen = known(step, facts)
    if said is None and seen is not None and not seen.done:
        said = seen.lacking
    waits = side == SUPERVISOR and step.by == "both" and (step.name, SECRETARIAT) not in (ticked or {})
    if said is None and waits:
        said = mark("“%(step)s”由秘书处先勾选，监督人员再确认。", step=step.name)
    return said


def due(
    steps: Sequence[Stepped], side: str, facts: Facts, ticked: Mapping[tuple[str, str], Mark]
) -> list[Stepped]:
    """The steps that wait for this side's tick now, up to the first that the data do not bear out yet."""
    found: list[Stepped] = []
    for step in steps:
        seen = known(step, facts)
        if seen is not None and not seen.done:
            break
        waits = required(step, side) and (step.name, side) not in ticked
        if waits and refusal(step, side, facts, ticked) is None:
            found.append(step)
    return found


def _presence(facts: Facts) -> Known:
    words = mark(
        "已签到%(came)s／%(panel)s人，在场%(present)s人",
        came=facts.came,
        panel=facts.panel,
        present=facts.present,
    )
    lacking = mark(
        "已签到%(came)s人，最少到会人数为%(quorum)s人。请先办理签到。", came=facts.came, quorum=facts.quorum
    )
    return Known(facts.came >= max(facts.quorum, 1), words, lacking)


def _pledges(facts: Facts) -> Known:
    words = mark("到会专家已签署%(n)s／%(all)s人", n=facts.pledged, all=facts.came)
    lacking = (
        mark("到会专家还有%(n)s人未签署承诺。", n=facts.came - facts.pledged)
        if facts.came
        else mark("尚无专家签到。请先办理签到。")
    )
    return Known(0 < facts.came == facts.pledged, words, lacking)


def _chair(facts: Facts) -> Known:
    words = (
        mark("已登记，得%(votes)s票，到会%(voters)s人", votes=facts.votes, voters=facts.voters)
        if facts.elected_at
        else mark("尚未登记")
    )
    return Known(
        facts.elected_at is not None, words, mark("组长推举结果尚未登记，请先登记。"), facts.elected_at
    )


def _scores(facts: Facts) -> Known:
    words = mark("已提交%(n)s／%(all)s份", n=facts.submitted, all=facts.submitted + facts.open)
    done = facts.closed_at is not None or (facts.submitted > 0 and facts.open == 0)
    return Known(done, words, mark("还有%(n)s份评分表未提交。", n=facts.open))


def _sealed(facts: Facts) -> Known:
    asked, agreed = facts.closed_by
    if facts.closed_at is None:
        words = mark("尚未封存")
    elif asked:
        words = mark("%(asked)s申请，%(agreed)s同意", asked=asked, agreed=agreed)
    else:
        words = mark("已封存")
    return Known(
        facts.closed_at is not None, words, mark("本轮评分仍在进行，尚未封存，不能勾选。"), facts.closed_at
    )


def _unsealed(facts: Facts) -> Known:
    if facts.unsealed_at is None:
        words = mark("尚未启封")
    elif facts.asked_by:
        words = mark("%(asked)s申请，%(agreed)s同意", asked=facts.asked_by, agreed=facts.agreed_by)
    else:
        words = mark("已启封")
    return Known(facts.unsealed_at is not None, words, mark("评分尚未启封，不能勾选。"), facts.unsealed_at)


def _reconciled(facts: Facts) -> Known:
    if facts.finished_at is None:
        words = mark("尚未结束")
    elif facts.cases:
        words = mark("已结束，复议%(n)s件", n=facts.cases)
    else:
        words = mark("已结束，无复议")
    return Known(facts.finished_at is not None, words, mark("复议尚未结束，不能勾选。"), facts.finished_at)


_CHECKS: Mapping[str, Callable[[Facts], Known]] = {
    "presence": _presence,
    "pledges": _pledges,
    "chair": _chair,
    "scores": _scores,
    "sealed": _sealed,
    "unsealed": _unsealed,
    "reconciled": _reconciled,
}
