"""会议审定: which answers take a reason, what no reason carries, which word the outcome must have."""

from __future__ import annotations

import pytest

from review_portal.domain.decision_rules import Candidate, Choice, faults, result_of
from review_portal.domain.messages import mark

BAR = mark("低于最低得分70.00分，不能列为入选。")
LIST = (
    Candidate("a", "2023-001", "proposed"),
    Candidate("b", "2023-002", "tied"),
    Candidate("c", "2023-003", "tied"),
    Candidate("d", "2023-004", "ranked", BAR),
)
WHY = "会议表决确定（示例）"
SHORT = "符合条件的不足（示例）"


def said(outcome: str, departures: str = "", quota: int = 2, **answers: tuple[str, str]) -> dict[str, str]:
    choices = {name: Choice(*answer) for name, answer in answers.items()}
    return {name: str(text) for name, text in faults(outcome, LIST, choices, departures, quota).items()}


def test_tie_sent_up_is_decided_with_a_reason_on_both_sides() -> None:
    tie = {"b": ("approve", WHY), "c": ("reject", WHY)}
    assert said("agreed", a=("approve", ""), **tie) == {}
    assert said("agreed", a=("approve", ""), b=("approve", WHY), c=("reject", "")) == {
        "reason-c": "请写明理由，至少4个字。"
    }


def test_departure_from_the_order_takes_a_reason_and_the_word_of_adjustment() -> None:
    tie = {"b": ("approve", WHY), "c": ("approve", WHY)}
    assert said("adjusted", a=("reject", ""), **tie) == {"reason-a": "请写明理由，至少4个字。"}
    assert said("adjusted", a=("reject", WHY), **tie) == {}
    assert list(said("agreed", a=("reject", WHY), **tie)) == ["outcome"]
    assert list(said("adjusted", a=("approve", ""), **tie | {"c": ("reject", WHY)})) == ["outcome"]


def test_dossier_under_the_least_score_is_never_selected() -> None:
    rest = {"a": ("approve", ""), "b": ("approve", WHY), "c": ("reject", WHY)}
    assert said("agreed", d=("approve", WHY), **rest) == {"answer-d": str(BAR)}
    assert said("agreed", **rest) == {}  # nothing needs to be answered of it


def test_other_number_than_the_quota_takes_a_reason() -> None:
    rest = {"a": ("approve", ""), "b": ("reject", WHY), "c": ("reject", WHY)}
    assert said("agreed", **rest) == {"departures": "同意入选1家，与拟遴选数量2家不一致，请写明理由。"}
    assert said("agreed", SHORT, **rest) == {}


def test_matter_that_is_put_off_takes_a_reason_and_no_answers() -> None:
    assert said("deferred") == {"departures": "请写明暂缓审定的理由。"}
    assert said("deferred", SHORT) == {}


def test_nobody_approved_while_one_is_held_is_a_matter_put_off() -> None:
    held = {"a": ("hold", WHY), "b": ("reject", WHY), "c": ("reject", WHY)}
    assert said("adjusted", SHORT, **held) == {
        "outcome": "没有同意入选的单位而有单位暂缓的，结论应为“暂缓”。"
    }


def test_missing_and_unknown_answers_are_told_at_their_place() -> None:
    assert said("agreed", a=("other", ""), b=("approve", WHY)) == {
        "answer-a": "请选择审定意见。",
        "answer-c": "请选择审定意见。",
    }
    assert said("", a=("approve", "")) == {"outcome": "请选择审定结论。"}


@pytest.mark.parametrize(
    ("outcome", "count", "result"),
    [
        ("deferred", 0, "deferred"),
        ("adjusted", 0, "vacant"),
        ("agreed", 2, "short"),
        ("agreed", 3, "full"),
        ("adjusted", 4, "over"),
    ],
)
def test_result_follows_from_the_number(outcome: str, count: int, result: str) -> None:
    assert result_of(outcome, count, 3) == result
