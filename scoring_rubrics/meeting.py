"""What a meeting day goes through and who ticks each step: the office's words, which a call may change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from scoring_rubrics.labels import label_of
from scoring_rubrics.reader import Table

StepBy = Literal["secretariat", "supervisor", "both"]
StepCheck = Literal["presence", "pledges", "chair", "scores", "sealed", "unsealed", "reconciled"]
NAME_LIMIT = 40  # characters of a step's name


@dataclass(frozen=True, slots=True)
class MeetingStep:
    """One step of the day. `by`: whose tick it takes, with both the secretariat first; `why` says why so.

    `check`: what the portal itself knows of it; then nobody ticks against the data.
    """

    name: str
    by: StepBy
    check: StepCheck | None = None
    why: str = ""


STEPS: tuple[MeetingStep, ...] = (
    MeetingStep("签到并核验身份", "both", "presence", "身份由秘书处核验、监督人员在场，防止冒名顶替。"),
    MeetingStep("通讯工具保管", "both", None, "收存的件数由双方清点，散会时凭此发还。"),
    MeetingStep("宣读纪律", "supervisor", None, "由监督人员宣读，宣读人即是见证人。"),
    MeetingStep("签署承诺", "secretariat", "pledges", "每人签署的时间由系统记录，秘书处核对人数即可。"),
    MeetingStep("推举组长", "both", "chair", "票数由秘书处登记，监督人员当场见证。"),
    MeetingStep("讲解评分标准", "secretariat", None, "由秘书处讲解，只讲标准，不评论申报单位。"),
    MeetingStep("独立评分", "supervisor", "scores", "专家之间有无商议分数，由监督人员在场查看。"),
    MeetingStep(
        "封存",
        "both",
        "sealed",
        "结束评分须组长申请、监督人员同意，封存时间由双方共同确认。",
    ),
    MeetingStep("启封", "both", "unsealed", "启封须组长申请、监督人员同意，秘书处不能单独办理。"),
    MeetingStep("复议", "secretariat", "reconciled", "复议由组长主持，问答由系统记录，秘书处核对是否办结。"),
    MeetingStep("表决", "both", None, "票数由秘书处清点，监督人员当场复核。"),
    MeetingStep("签字", "both", None, "签字件由秘书处收齐，监督人员核对份数和签名。"),
)


def read_meeting(top: Table) -> tuple[MeetingStep, ...]:
    """The table [meeting] of call.toml; the steps above where the call has none."""
    if not top.has("meeting"):
        return STEPS
    table = top.table("meeting")
    found: list[MeetingStep] = []
    for row in table.tables("steps", quiet=True):
        name = row.text("name")
        if len(name) > NAME_LIMIT:
            raise row.fault("name", f"应不超过{NAME_LIMIT}个字")
        if name in {step.name for step in found}:
            raise row.fault("name", f"步骤“{name}”重复")
        by = cast(StepBy, row.choice("by", get_args(StepBy)))
        check = cast(StepCheck, row.choice("check", get_args(StepCheck))) if row.has("check") else None
        found.append(MeetingStep(name, by, check, row.text("why", "")))
        row.finish()
    table.finish()
    if table.assumed:
        label = label_of("meeting.steps")
        table.source.assume("meeting.steps", label, "、".join(step.name for step in found), table.note)
    return tuple(found)
