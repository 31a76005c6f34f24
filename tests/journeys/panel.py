"""Step 2 of a selection: experts, accounts, conflicts, assignment, opening, the meeting's chair."""

from __future__ import annotations

from tests.data_builders import roster_xlsx
from tests.factories_reviews import POOL
from tests.factories_selection import (
    CHAIR,
    PANEL,
)
from tests.journeys import steps
from tests.journeys.steps import Hand
from tests.journeys.world import RECUSED, World


def experts_are_imported_and_get_accounts(world: World) -> None:
    """All or nothing from a spreadsheet; accounts need a second person once the call is published."""
    officer, second = world.officer, world.second
    officer.follow("收件登记")
    officer.follow("专家与分派")
    broken = [dict(POOL["experts"][0], name=""), *POOL["experts"][1:]]
    officer.press("导入", files={"专家名单": ("专家.xlsx", roster_xlsx(broken))})
    officer.sees("专家名单未导入", "第2行", "姓名", "专家库还没有专家")
    officer.press("导入", files={"专家名单": ("专家.xlsx", roster_xlsx(POOL["experts"]))})
    officer.sees(f"专家名单已导入：新增{len(POOL['experts'])}人")
    officer.follow("账号")
    officer.follow("开通专家账号")
    officer.press("开通账号", {"事由": "组建专家组（示例）"}, tick=PANEL)
    officer.sees("5人开通账号或授予角色的申请已提交，须由另一人确认后生效。")
    second.get("/")
    second.follow("确认")
    second.follow("核对并确认")
    second.press("同意开通", tick=["我已核对"])
    officer.follow("账号")
    for name in PANEL:
        steps.enter(world.newcomer(name), *steps.slip(officer, name))
        world.people[name].sees("本轮尚未开启，开启后将在此显示您的评审任务。")


def intake_closes_and_scheme_is_recorded(world: World) -> None:
    """The generated scheme is approved outside; its approval is recorded, intake ends."""
    officer = world.officer
    officer.follow("批次与规则")
    officer.follow("登记审批")
    officer.press(
        "登记",
        {
            "审批文号": "示例〔2023〕5号",
            "批准人": "示例主任办公会",
            "批准日期": "2023-02-20",
        },
    )
    officer.sees("方案审批已登记。", "示例〔2023〕5号")
    officer.follow("结束受理")
    officer.press("结束受理")
    officer.sees("受理已结束，进入评审。")


def panel_is_set_and_conflicts_are_refused(world: World) -> None:
    """A conflicted pair is refused with its reason; everything else is assigned at once."""
    officer = world.officer
    officer.follow("专家与分派")
    officer.follow("核对利害关系")
    officer.sees("授信业务经办人")
    officer.follow("返回")
    officer.follow("开启评审", "专家书面评审")
    officer.sees("尚未分派评审任务。")
    officer.follow("专家与分派")
    officer.follow("专家组", "专家书面评审")
    chosen = [
        node.get("value")
        for name in PANEL
        for node in officer.page.doc.xpath("//tr[contains(., $name)]//input[@name='expert']", name=name)
    ]
    officer.post(officer.page.path, {"expert": chosen})
    officer.sees("专家组已保存。")
    person, unit = RECUSED
    officer.press(
        "分派", {"专家": choice(officer, "expert", person), "材料": choice(officer, "dossier", unit)}
    )
    officer.sees("1项未分派", person, "授信业务经办人")
    officer.press("全部分派")
    officer.sees("已分派34项")
    officer.follow("专家与分派")


def choice(hand: Hand, name: str, text: str) -> str:
    """The value behind an option that shows this text."""
    (found,) = hand.page.doc.xpath("//select[@name=$name]/option[contains(., $text)]", name=name, text=text)
    return str(found.get("value"))


def round_opens(world: World) -> None:
    """With a deadline; experts see their tasks, nobody sees more than numbers of sheets."""
    officer = world.officer
    officer.follow("开启评审", "专家书面评审")
    officer.press("开启评审", {"评分截止时间": "2027-03-03T18:00"})
    officer.sees("已开启，专家可以评分。", "已提交评分表0／34")


def panel_meets(world: World) -> None:
    """Sign-in and election; who is recused cannot be chair."""
    officer = world.officer
    officer.follow("签到", PANEL[0])
    for name in PANEL:
        officer.press("签到", {"checked_by": "示例会务"}, row=name)
        officer.sees(f"{name}已签到。")
    officer.follow("评审进度")
    assert officer.page.doc.xpath("//select[@name='member']/option[contains(., '壬示例')]") == []
    officer.press(
        "登记推举结果",
        {
            "当选专家": choice(officer, "member", CHAIR),
            "推举方式": "记名投票",
            "得票数": "4",
            "见证人": "示例监督甲",
        },
    )
    officer.sees("组长推举结果已登记。")
