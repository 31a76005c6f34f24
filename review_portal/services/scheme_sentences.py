"""The scheme's arrangements around the review: who does what, by when, and what if something goes wrong.

A day that the office sets stands as 【待填：…】; figures come from the call's rules.
"""

from __future__ import annotations

from review_portal.services.scheme_days import CHECKED, DECIDED, DRAWN, stage_label
from scoring_rubrics import Call as Rules


def organisation(rules: Rules) -> tuple[str, ...]:
    """Who prepares, judges, watches and decides."""
    return (
        f"{rules.issuer}组织评审，会议审定名单。",
        "秘书处负责收件、形式审查、专家抽取和通知、会务、计分和文书，不评分，不发表倾向性意见。",
        "专家组独立评分，推举组长主持评议；专家组对评审意见负责。",
        "监督人员到场监督抽取、签到、启封、答辩、复议和计分，可以提请暂停，不参加评分。",
    )


def schedule(rules: Rules) -> tuple[str, ...]:
    """Each step with its day; those that the notice gives are printed, the others are the office's."""
    scored = tuple(f"{stage.name}：【待填：{stage_label(stage.name)}】。" for stage in rules.scored_stages)
    days = rules.publicity.working_days
    return (
        f"受理截止：{rules.deadline_label}。",
        f"形式审查：【待填：{CHECKED}】前完成。",
        f"专家抽取：【待填：{DRAWN}】，在监督人员见证下进行。",
        *scored,
        f"会议审定：【待填：{DECIDED}】；随后公示{days}个工作日。",
    )


def emergencies(rules: Rules) -> tuple[str, ...]:
    """Absence, breakdown, conflict found late, leaks."""
    late = rules.defense.late_minutes
    return (
        f"到会专家不足{rules.panel.quorum}人的，不开始评审；由候补专家按抽取次序递补，仍不足的改期。",
        f"答辩单位在规定时间后{late}分钟未到的，经组长、监督人员确认，视为放弃答辩。",
        "网络或设备中断的，改用空白评分表手工评分，由计分人、复核人分别录入核对，原件存档。",
        "评审中发现利害关系的，立即回避；已提交的评分是否作废，由秘书处申请、监督人员同意后办理。",
        "发生泄密、干扰评审或其他影响公正情形的，监督人员提请暂停，查清并记录后方可继续。",
    )


def secrecy() -> tuple[str, ...]:
    """What is kept from whom, and until when."""
    return (
        "专家名单在评审结束前不公开；申报材料只供评审使用，不得复制、留存、外传。",
        "评分启封前任何人不得查看；评审过程、意见和得分按规定的范围告知，不公开专家的个人评分。",
    )
