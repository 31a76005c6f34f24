"""会议审定: what the leaders may decide on a frozen ranking, and which of it takes a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from review_portal.domain.messages import Message, mark

OUTCOMES: Final[Mapping[str, Message]] = {
    "agreed": mark("同意"),
    "adjusted": mark("调整"),
    "deferred": mark("暂缓"),
}
ANSWERS: Final[Mapping[str, Message]] = {
    "approve": mark("同意入选"),
    "reject": mark("不入选"),
    "hold": mark("暂缓"),
}
RESULTS: Final[Mapping[str, Message]] = {
    "deferred": mark("暂缓审定"),
    "vacant": mark("本批次空缺"),
    "short": mark("入选不足"),
    "full": mark("与拟遴选数量一致"),
    "over": mark("超出拟遴选数量"),
}
REASON_MIN: Final = 4
REASON_MAX: Final = 1000
_REASON = mark("请写明理由，至少%(n)s个字。", n=REASON_MIN)
_CHOOSE = mark("请选择审定意见。")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dossier with a place in the frozen ranking; `bar` says why it cannot be selected, if it cannot."""

    dossier: str
    number: str
    outcome: str  # of the ranking: proposed, tied, ranked
    bar: Message | None = None

    @property
    def expected(self) -> str:
        """What follows from the ranking; empty where a tie is sent up to be decided."""
        if self.bar is None and self.outcome == "tied":
            return ""
        return "approve" if self.bar is None and self.outcome == "proposed" else "reject"

    def needs_reason(self, answer: str) -> bool:
        """Whatever departs from the order, and either way out of a tie."""
        return self.bar is None and answer != self.expected


@dataclass(frozen=True, slots=True)
class Choice:
    """The leaders' answer on one dossier."""

    answer: str
    reason: str = ""


def faults(
    outcome: str,
    candidates: Sequence[Candidate],
    choices: Mapping[str, Choice],
    departures: str,
    quota: int,
) -> dict[str, Message]:
    """Field -> sentence for what may not stand so; a dossier has the fields answer-… and reason-…"""
    found: dict[str, Message] = {}
    if outcome not in OUTCOMES:
        return {"outcome": mark("请选择审定结论。")}
    if outcome == "deferred":
        return found if _said(departures) else {"departures": mark("请写明暂缓审定的理由。")}
    for candidate in candidates:
        _check(candidate, choices.get(candidate.dossier, Choice("")), found)
    if found:
        return found
    return _whole(outcome, candidates, choices, departures, quota)


def _check(candidate: Candidate, choice: Choice, found: dict[str, Message]) -> None:
    if candidate.bar is not None:
        if choice.answer == "approve":
            found[f"answer-{candidate.dossier}"] = candidate.bar
    elif choice.answer not in ANSWERS:
        found[f"answer-{candidate.dossier}"] = _CHOOSE
    elif candidate.needs_reason(choice.answer) and not _said(choice.reason):
        found[f"reason-{candidate.dossier}"] = _REASON
    if len(choice.reason) > REASON_MAX:
        found[f"reason-{candidate.dossier}"] = mark("最多%(most)s个字，请改短。", most=REASON_MAX)


def _whole(
    outcome: str,
    candidates: Sequence[Candidate],
    choices: Mapping[str, Choice],
    departures: str,
    quota: int,
) -> dict[str, Message]:
    """The list as one: its number against the quota, the outcome's word against what was answered."""
    answers = {one.dossier: choices[one.dossier].answer for one in candidates if one.bar is None}
    count = sum(answer == "approve" for answer in answers.values())
    departs = any(
        one.expected and answers[one.dossier] != one.expected for one in candidates if one.bar is None
    )
    if count == 0 and "hold" in answers.values():
        return {"outcome": mark("没有同意入选的单位而有单位暂缓的，结论应为“暂缓”。")}
    if outcome == "agreed" and departs:
        return {"outcome": mark("有单位的审定意见与排名建议不一致，结论应为“调整”。")}
    if outcome == "adjusted" and not departs:
        return {"outcome": mark("各单位的审定意见与排名建议一致，结论应为“同意”。")}
    if count != quota and not _said(departures):
        return {
            "departures": mark(
                "同意入选%(count)s家，与拟遴选数量%(quota)s家不一致，请写明理由。", count=count, quota=quota
            )
        }
    return {}


def _said(text: str) -> bool:
    return len(text.strip()) >= REASON_MIN


def result_of(outcome: str, count: int, quota: int) -> str:
    """A key of `RESULTS`."""
    if outcome == "deferred":
        return "deferred"
    if count == 0:
        return "vacant"
    return "short" if count < quota else "full" if count == quota else "over"
