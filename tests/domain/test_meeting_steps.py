"""The steps of a meeting day: what may be ticked, by whom, and what is next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from review_portal.domain import meeting_steps
from review_portal.domain.meeting_steps import SECRETARIAT, SUPERVISOR, Facts
from scoring_rubrics import MeetingStep
from scoring_rubrics.meeting import STEPS

AT = datetime(2023, 3, 1, 1, 0, tzinfo=UTC)
BY_NAME = {step.name: step for step in STEPS}
OPENED = Facts("scoring", panel=7, quorum=5, open=21)
ENDED = Facts(
    "finished",
    panel=7,
    came=7,
    present=7,
    quorum=5,
    pledged=7,
    elected_at=AT,
    votes=6,
    voters=7,
    submitted=21,
    closed_at=AT,
    unsealed_at=AT,
    asked_by="甲示例",
    agreed_by="示例监督甲",
    finished_at=AT,
    cases=2,
)


@dataclass(frozen=True)
class Tick:
    step: str
    side: str
    kind: str = "tick"


def ticks(*pairs: tuple[str, str]) -> dict[tuple[str, str], Tick]:
    return {pair: Tick(*pair) for pair in pairs}


LACKING = [
    ("签到并核验身份", replace(ENDED, came=4), "已签到4人，最少到会人数为5人。请先办理签到。"),
    ("签署承诺", replace(ENDED, pledged=5), "到会专家还有2人未签署承诺。"),
    ("签署承诺", replace(ENDED, came=0, pledged=0), "尚无专家签到。请先办理签到。"),
    ("推举组长", replace(ENDED, elected_at=None), "组长推举结果尚未登记，请先登记。"),
    ("独立评分", replace(ENDED, closed_at=None, open=3), "还有3份评分表未提交。"),
    ("封存", replace(ENDED, closed_at=None), "本轮评分仍在进行，尚未封存，不能勾选。"),
    ("启封", replace(ENDED, unsealed_at=None), "评分尚未启封，不能勾选。"),
    ("复议", replace(ENDED, finished_at=None), "复议尚未结束，不能勾选。"),
]


@pytest.mark.parametrize(("name", "facts", "sentence"), LACKING)
def test_tick_against_the_data_is_refused_with_a_sentence(name: str, facts: Facts, sentence: str) -> None:
    for side in (SECRETARIAT, SUPERVISOR):
        if side == SUPERVISOR or BY_NAME[name].by != "supervisor":
            said = meeting_steps.refusal(BY_NAME[name], side, facts)
            assert said is not None and said.msgid % said.params == sentence


@pytest.mark.parametrize("name", [step.name for step in STEPS if step.check])
def test_step_that_the_data_bear_out_may_be_ticked(name: str) -> None:
    side = SUPERVISOR if BY_NAME[name].by == "supervisor" else SECRETARIAT
    assert meeting_steps.refusal(BY_NAME[name], side, ENDED) is None


def test_sheets_may_be_all_in_before_the_round_is_closed() -> None:
    facts = replace(OPENED, submitted=21, open=0)
    assert meeting_steps.refusal(BY_NAME["独立评分"], SUPERVISOR, facts) is None


def test_supervisor_confirms_after_the_secretariat_where_both_are_asked() -> None:
    step = BY_NAME["通讯工具保管"]
    said = meeting_steps.refusal(step, SUPERVISOR, OPENED)
    assert said is not None and said.msgid == "“%(step)s”由秘书处先勾选，监督人员再确认。"
    assert meeting_steps.refusal(step, SUPERVISOR, OPENED, ticks((step.name, SECRETARIAT))) is None


def test_secretariat_does_not_tick_what_is_the_supervisors_but_the_other_way_round() -> None:
    assert meeting_steps.refusal(BY_NAME["宣读纪律"], SECRETARIAT, OPENED) is not None
    assert meeting_steps.refusal(BY_NAME["讲解评分标准"], SUPERVISOR, OPENED) is None


@pytest.mark.parametrize(("state", "word"), [("draft", "本轮尚未开启"), ("void", "本轮已作废")])
def test_nothing_is_ticked_in_a_round_that_does_not_run(state: str, word: str) -> None:
    said = meeting_steps.refusal(BY_NAME["通讯工具保管"], SECRETARIAT, replace(OPENED, state=state))
    assert said is not None and said.msgid.startswith(word)


def test_taken_back_tick_stands_no_more_and_may_be_set_again() -> None:
    marks = [Tick("封存", SECRETARIAT), Tick("封存", SUPERVISOR), Tick("封存", SUPERVISOR, "back")]
    assert list(meeting_steps.standing(marks)) == [("封存", SECRETARIAT)]
    assert list(meeting_steps.standing([*marks, Tick("封存", SUPERVISOR)])) == [
        ("封存", SECRETARIAT),
        ("封存", SUPERVISOR),
    ]


def test_nothing_is_due_before_the_experts_have_come() -> None:
    assert meeting_steps.due(STEPS, SECRETARIAT, OPENED, {}) == []


def test_due_goes_as_far_as_the_data_do() -> None:
    gathered = replace(OPENED, came=7, present=7)
    due = [step.name for step in meeting_steps.due(STEPS, SECRETARIAT, gathered, {})]
    assert due == ["签到并核验身份", "通讯工具保管"]
    ticked = ticks(("签到并核验身份", SECRETARIAT))
    assert [step.name for step in meeting_steps.due(STEPS, SUPERVISOR, gathered, ticked)] == [
        "签到并核验身份",
        "宣读纪律",
    ]


def test_every_tick_that_a_step_asks_for_comes_to_be_due() -> None:
    ticked: dict[tuple[str, str], Tick] = {}
    for side in (SECRETARIAT, SUPERVISOR):
        due = meeting_steps.due(STEPS, side, ENDED, ticked)
        assert due == [step for step in STEPS if step.by in (side, "both")]
        ticked |= ticks(*((step.name, side) for step in due))
    assert meeting_steps.due(STEPS, SUPERVISOR, ENDED, ticked) == []


def test_step_of_which_the_portal_knows_nothing_waits_for_nobody() -> None:
    own = MeetingStep("发放材料", "secretariat")
    assert meeting_steps.known(own, OPENED) is None
    assert meeting_steps.refusal(own, SECRETARIAT, OPENED) is None
