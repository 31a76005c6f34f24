"""Step 4 of a selection: closing, unsealing by two, points by code, cases, the frozen shortlist."""

from __future__ import annotations

import re

from tests import form_documents
from tests.factories_selection import (
    ABSENT,
    PANEL,
    RANKED,
    WITHDRAWN,
)
from tests.journeys import steps
from tests.journeys.scoring import typed
from tests.journeys.steps import Hand
from tests.journeys.world import KEEPS, REVISES, SECRET, World


def chair_closes_and_asks_to_unseal(world: World) -> None:
    """After the own sheets are in; nothing is computed from points yet."""
    chair = at_chairs_desk(world)
    chair.follow("申请结束评分")
    chair.sees("确认时未提交的评分按未评处理，不计分，也不是0分。")
    chair.press("提交结束评分的申请", {"申请事由": "评分已完成（示例）"})
    chair.sees("结束评分的申请已提交，请监督人员确认", "评分中")
    supervisor_answers(world, "同意结束评分并封存", "我已核对上列份数")
    chair = at_chairs_desk(world)
    chair.sees("已封存（启封前不可见）")
    chair.follow("申请启封评分")
    chair.press("提交启封申请", {"申请事由": "评分已结束，申请启封（示例）"})
    chair.sees("启封申请已提交，请监督人员确认。")


def supervisor_answers(world: World, act: str, box: str) -> None:
    """The oldest waiting request, looked at and agreed to."""
    supervisor = world.supervisor
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.press(act, tick=[box])


def at_chairs_desk(world: World) -> Hand:
    """The chair's desk of the newest round."""
    world.chair.get("/")
    world.chair.follow("组长工作台")
    return world.chair


def nobody_reads_points_before_unsealing(world: World) -> None:
    """On no page and in no file that anybody can reach stands another person's total or reason."""
    for person, hand in world.people.items():
        own = {value for (name, _number), value in world.totals.items() if name == person}
        foreign = [f"{value:.2f}" for value in set(world.totals.values()) - own]
        secret = [] if person == PANEL[1] else [SECRET]
        for path, text in steps.everything(hand):
            found = [words for words in secret if words in text]
            found += [total for total in foreign if re.search(rf"(?<![\d:.]){re.escape(total)}(?!\d)", text)]
            assert not found, f"{person} reads {found} on {path}"


def supervisor_unseals(world: World) -> None:
    """The second half of the act; both names go into the record."""
    supervisor = world.supervisor
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.sees("启封后不能恢复封存")
    supervisor.press("同意启封评分", tick=["我已核对校验码"])
    supervisor.sees("已同意：启封评分。")


def points_are_visible_by_code(world: World) -> None:
    """The heat map shows every total; experts stand as codes, a recusal as an empty cell."""
    chair = at_chairs_desk(world)
    chair.follow("查看评分概览")
    chair.sees(f"{world.totals[PANEL[1], '2023-005']:.2f}".rstrip("0").rstrip("."), "没有评分")
    assert all(name not in chair.page.text for name in PANEL[1:])
    chair.follow("2023-005")
    chair.sees(SECRET)


def code_of(hand: Hand) -> str:
    """The own code, which an expert sees beside the name."""
    hand.get("/")
    return steps.words(hand.page.doc.xpath("//div[@class='bar-who']/span")[0]).split()[-1]


def cases_are_opened_and_answered(world: World) -> None:
    """Two questions: one expert revises, one keeps; both give a reason, the earlier sheet stays."""
    rubric = form_documents.green_call().rubric_of("written_review")
    for name, number in (REVISES, KEEPS):
        hand, code = world.people[name], code_of(world.people[name])
        chair = at_chairs_desk(world)
        chair.follow("评分概览")
        chair.follow(number)
        question = {"请专家说明的问题": "请说明该项评分的主要依据（示例）。"}
        chair.follow("提请复议", code)
        chair.press("提请复议", question)
        assert chair.page.status == 422  # nothing fires on it: the reason and a countersign are needed
        chair.press("提请复议", {**question, "规则外提请的理由": "评语与申报书的数据不一致（示例）。"})
        chair.sees("规则外的复议1件已提交监督人员会签，同意以前专家看不到。")
        hand.get("/expert/cases")
        hand.sees("没有需要您答复的复议。") if name == REVISES[0] else None
        supervisor_countersigns(world)
        hand.get("/")
        hand.sees("有1件复议等待您答复")
        hand.follow("查看并答复")
        hand.follow("答复", number)
        fields = typed(rubric, number, PANEL.index(name), less="0.5") if name == REVISES[0] else {}
        hand.press("修改评分" if fields else "维持原评分", {"理由": "短", **fields})
        assert hand.page.status == 422
        hand.press(
            "修改评分" if fields else "维持原评分", {"理由": "已重新核对证明材料，见正文（示例）。", **fields}
        )
        hand.sees("复议已答复。原评分保留。")
    chair = at_chairs_desk(world)
    chair.follow("复议台账")
    chair.sees("修改评分", "维持原评分", "组长提请（未触发规则）")
    chair.follow("结束复议")
    chair.press("结束复议")
    chair.sees("复议已结束，可以试算排名。")


def supervisor_countersigns(world: World) -> None:
    """A case that no trigger calls for reaches its expert only with the supervisor's word."""
    supervisor = world.supervisor
    supervisor.get("/")
    supervisor.follow("核对并确认")
    supervisor.sees("未触发规则的复议须由组长写明理由、监督人员会签")
    supervisor.press("同意提请", tick=["我已核对该件未触发规则"])
    supervisor.sees("已同意：会签规则外的复议。")


def freeze(chair: Hand, act: str) -> None:
    """Freeze exactly what is shown, with the panel's look where the rules differ."""
    chair.follow(act)
    asked = chair.page.doc.xpath("//textarea[@name='look']")
    chair.press(act, {"look": "专家组已查看规则差异，维持原规则（示例）。"} if asked else {})
    chair.sees("排名已冻结。")


def ranked_rows(hand: Hand) -> list[list[str]]:
    """The ranking table as it is read."""
    rows = hand.page.doc.xpath("//section[@aria-labelledby='rank']//tbody/tr")
    return [[steps.words(cell) for cell in row] for row in rows]


def shortlist_is_frozen(world: World) -> None:
    """Five within the line, one under the threshold, one withdrawn; other rules beside as advice only."""
    chair = world.chair
    chair.sees("入围名单（试算）", "参考，不作为排序依据", "通知未规定，按评审工作方案执行")
    shown = {cells[1].split()[0]: cells[-1] for cells in ranked_rows(chair)}
    assert {number for number, state in shown.items() if state == "进入现场答辩"} == {*RANKED, ABSENT}
    assert shown[WITHDRAWN] == "已撤回"
    freeze(chair, "冻结入围名单")
