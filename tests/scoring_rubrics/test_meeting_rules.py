"""The meeting day in call.toml: the office's own steps, and stages that are scored on site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scoring_rubrics import Call, MeetingStep, RubricFault, parse_call
from scoring_rubrics.meeting import STEPS

README = Path(__file__).parents[2] / "scoring_rubrics/README.md"
OWN = """
[meeting]
basis = "assumed"
steps = [
  { name = "茶样编号", by = "both", why = "双方在场密封茶样。" },
  { name = "到场", by = "secretariat", check = "presence" },
]
"""


def with_text(call: Call, text: str, old: str = "", new: str = "") -> Call:
    content = call.files["call.toml"].decode().replace(old, new) + text
    return parse_call(dict(call.files) | {"call.toml": content.encode()}, call.slug)


def test_call_without_the_table_has_the_default_steps(tea: Call, shipped: Call) -> None:
    assert tea.meeting == shipped.meeting == STEPS


def test_own_steps_take_the_place_of_the_default_ones_and_go_to_the_scheme(tea: Call) -> None:
    call = with_text(tea, OWN)
    assert call.meeting == (
        MeetingStep("茶样编号", "both", None, "双方在场密封茶样。"),
        MeetingStep("到场", "secretariat", "presence"),
    )
    told = [(item.label, item.value) for item in call.assumed if item.key == "call.meeting.steps"]
    assert told == [("会议日清单的步骤", "茶样编号、到场")]


FAULTS = [
    ('by = "both"', 'by = "chair"', "meeting.steps[1].by", "不在可选值内"),
    ('check = "presence"', 'check = "weather"', "meeting.steps[2].check", "不在可选值内"),
    ('name = "到场"', 'name = "茶样编号"', "meeting.steps[2].name", "步骤“茶样编号”重复"),
    ('name = "到场"', f'name = "{"长" * 41}"', "meeting.steps[2].name", "应不超过40个字"),
    ('name = "到场", ', "", "meeting.steps[2].name", "缺少此项"),
    ('check = "presence"', 'cheque = "presence"', "meeting.steps[2].cheque", "不认识的项"),
]


@pytest.mark.parametrize(("old", "new", "key", "reason"), FAULTS)
def test_faulty_step_is_named_with_its_place(tea: Call, old: str, new: str, key: str, reason: str) -> None:
    with pytest.raises(RubricFault) as fault:
        with_text(tea, OWN.replace(old, new))
    assert fault.value.key == key
    assert reason in fault.value.reason


def test_defense_is_scored_on_site_and_the_written_review_anywhere(shipped: Call) -> None:
    assert [(stage.key, stage.mode) for stage in shipped.scored_stages] == [
        ("written_review", "online"),
        ("onsite_defense", "onsite"),
    ]
    told = {item.label: item.value for item in shipped.assumed}
    assert told["评分方式（现场答辩）"] == "现场评分，签到后方可打开材料和评分表"


def test_only_a_scoring_stage_has_a_mode(shipped: Call) -> None:
    with pytest.raises(RubricFault, match="只有评分环节（score）才有 rubric、weight 和 mode"):
        with_text(shipped, "", 'kind = "check"', 'kind = "check"\nmode = "onsite"')


def test_readme_lists_the_default_steps() -> None:
    rows = re.findall(r"^\| (.+?) \| `(\w+)` \| (.+?) \| (.+?) \|$", README.read_text("utf-8"), re.MULTILINE)
    assert rows[1:] == [
        (step.name, step.by, f"`{step.check}`" if step.check else "—", step.why) for step in STEPS
    ]
