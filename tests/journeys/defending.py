"""Step 5 of a selection: the defense is drawn, held, scored and opened."""

from __future__ import annotations

from tests import form_documents
from tests.factories_selection import (
    ABSENT,
    RANKED,
    VARIANTS,
)
from tests.journeys.chairing import at_chairs_desk, chair_closes_and_asks_to_unseal, supervisor_unseals
from tests.journeys.panel import panel_meets
from tests.journeys.scoring import own_numbers, sign_pledge, submit, typed
from tests.journeys.world import World


def defense_is_prepared(world: World) -> None:
    """Turns from the frozen shortlist, order drawn once, the round opened, the panel seated again."""
    officer = world.officer
    officer.follow("现场答辩")
    officer.follow("生成答辩名单")
    officer.press("生成答辩名单")
    officer.sees("答辩名单已生成，专家组和评审任务已就绪。", "5家单位", "顺序待抽签")
    officer.follow("抽定答辩顺序")
    officer.press("公布校验码")
    officer.press("抽定顺序", {"所报的数": "0317", "报数人": "甲单位代表（示例）", "见证人": "示例监督甲"})
    officer.sees("答辩顺序已抽定并记入监督记录。")
    officer.follow("专家与分派")
    officer.follow("开启评审", "现场答辩")
    officer.press("开启评审", {"评分截止时间": "2027-03-07T18:00"})
    panel_meets(world)


def defense_is_held(world: World) -> None:
    """Each turn is recorded; who does not come is absent by two."""
    officer, chair, supervisor = world.officer, world.chair, world.supervisor
    units = {number: unit for number, (unit, _by) in VARIANTS.items()}
    for number in RANKED:
        officer.follow("现场答辩")
        officer.press("请进场", row=number)
        officer.follow("登记", number)
        conditional = number == "2023-005"
        officer.press(
            "保存记录",
            {
                "name-0": "示例主讲人",
                "role-0": "项目负责人",
                "checked-0": "y",
                "result": "conditional" if conditional else "recommended",
                "conditions": "明确首年接入企业名单（示例）" if conditional else "",
            },
        )
        officer.sees("答辩记录已保存。")
    at_chairs_desk(world)
    chair.follow("现场答辩")
    chair.follow("缺席", ABSENT)
    chair.press(
        "提请监督人员确认", {"事由": "规定时间后15分钟未到（示例）", "提前确认的原因": "未排定时间（示例）"}
    )
    chair.sees("已提请监督人员确认缺席。")
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.sees(units[ABSENT], "放弃答辩")
    supervisor.press("确认缺席", tick=["我在场见证"])
    supervisor.sees("已同意：确认缺席。")


def defense_is_scored_and_opened(world: World) -> None:
    """The own rubric of the defense; then closed, unsealed by two and finished."""
    rubric = form_documents.green_call().rubric_of("onsite_defense")
    for at, (name, hand) in enumerate(world.experts.items()):
        sign_pledge(hand)
        for number in own_numbers(hand):
            hand.follow("开始评分", number)
            submit(world, name, number, typed(rubric, number, at))
    chair_closes_and_asks_to_unseal(world)
    supervisor_unseals(world)
    chair = at_chairs_desk(world)
    chair.follow("复议台账")
    chair.follow("结束复议")
    chair.press("结束复议")
