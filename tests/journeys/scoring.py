"""Step 3 of a selection: pledge, declaration, sheets, receipts, second thoughts, a unit that withdraws."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from scoring_rubrics import Rubric
from tests import form_documents
from tests.factories_selection import (
    COMMENT,
    OPINION,
    SHARES,
    WITHDRAWN,
    sheet,
)
from tests.journeys import steps
from tests.journeys.intake import open_dossier
from tests.journeys.steps import Hand
from tests.journeys.world import ASKED, LETTER, SECRET, World


def experts_score(world: World) -> None:
    """Pledge, declaration, text beside rubric, submission, receipt; each expert the own units only."""
    rubric = form_documents.green_call().rubric_of("written_review")
    for at, (name, hand) in enumerate(world.experts.items()):
        sign_pledge(hand)
        for number in own_numbers(hand):
            if number == WITHDRAWN and at > 2:
                continue  # had not come to it when the unit withdrew
            hand.follow("开始评分", number)
            assert hand.page.title == "回避声明"
            assert "平台任务概述" not in hand.page.text
            hand.press("确认无利害关系", tick=["与牵头单位", *members(hand), "与推荐单位"])
            assert hand.page.title.startswith(number)
            if (name, number) == ASKED:
                ask_for_recusal(hand, number)
                continue
            if (at, number) == (1, "2023-005"):
                draft_is_kept_and_bad_points_are_refused(hand)
            submit(world, name, number, typed(rubric, number, at))


def own_numbers(hand: Hand) -> list[str]:
    """Numbers of the tasks that can be begun, in the order of the page."""
    rows = hand.page.doc.xpath("//tr[.//a[starts-with(normalize-space(), '开始评分')]]/td[1]")
    return [steps.words(cell) for cell in rows]


def members(hand: Hand) -> list[str]:
    """The labels of the consortium's members on the declaration page."""
    return [steps.words(label) for label in hand.page.doc.xpath("//label[contains(., '联合体成员')]")]


def sign_pledge(hand: Hand) -> None:
    """Nothing opens before the pledge."""
    hand.get("/")
    hand.follow("签署评审承诺")
    hand.press("签署评审承诺", tick=["本人已阅读"])
    hand.sees("评审承诺已签署。")


def typed(rubric: Rubric, number: str, at: int, *, less: str = "0") -> dict[str, str]:
    """What an expert fills in for a unit: points, reasons, opinion."""
    filled = sheet(rubric, number, SHARES[number], at, less=Decimal(less))
    fields = {f"points.{key}": str(value) for key, value in filled.points.items()}
    fields |= {f"comments.{key}": COMMENT for key in filled.comments}
    if (at, number) == (1, "2023-005"):
        fields[f"comments.{rubric.items[0].key}"] = SECRET
    return fields | {"opinion": OPINION} | ({"conclusion": filled.conclusion} if filled.conclusion else {})


def total(fields: Mapping[str, str]) -> Decimal:
    """The sum of what was typed."""
    return sum((Decimal(text) for name, text in fields.items() if name.startswith("points.")), Decimal(0))


def submit(world: World, name: str, number: str, fields: Mapping[str, str]) -> None:
    """Submit the open sheet after a look at it; the receipt shows the check code, the way leads home."""
    hand = world.people[name]
    hand.press("提交评分", fields)
    hand.sees("评分表已填齐，尚未提交", f"合计 {total(fields):.2f}")
    hand.press("确认提交")
    assert hand.page.title == "提交回执", hand.page.text
    hand.sees("留存内容与校验码一致", f"合计 {total(fields):.2f}")
    world.totals[name, number] = total(fields)
    hand.follow("返回我的评审任务")
    hand.sees("已提交")


def draft_is_kept_and_bad_points_are_refused(hand: Hand) -> None:
    """A draft comes back as typed; a point beyond the maximum stays in its field beside the sentence."""
    hand.press("暂存", {"points.C1.1": "8.5", "opinion": "待补充"})
    hand.sees("已暂存", "1／13")
    assert (hand.page.value("points.C1.1"), hand.page.value("opinion").strip()) == ("8.5", "待补充")
    hand.press("提交评分", {"points.C1.1": "11"})
    hand.follow("“服务覆盖面与服务量”的得分应在0至10分之间")
    assert hand.page.value("points.C1.1") == "11"
    assert "10" in hand.page.field_error("points.C1.1")


def ask_for_recusal(hand: Hand, number: str) -> None:
    """From the open sheet; afterwards the unit is gone and is no zero."""
    hand.follow("申请回避")
    hand.press("申请回避", {"回避事由": "项目负责人为本人导师（示例）"})
    hand.sees(f"回避已登记，{number}的材料不再向您显示。", "（已回避，不再显示）")


def second_thoughts(world: World) -> None:
    """A submitted sheet is withdrawn and submitted again; both versions are kept."""
    name = "癸示例"
    hand = world.people[name]
    hand.follow("查看回执", "2023-006")
    hand.press("撤回修改")
    hand.sees("评分已撤回，修改后须重新提交。原评分留存。")
    rubric = form_documents.green_call().rubric_of("written_review")
    submit(world, name, "2023-006", typed(rubric, "2023-006", 4))
    hand.follow("查看回执", "2023-006")
    hand.sees("第2次", "每次提交均留存")


def applicant_withdraws(world: World) -> None:
    """Only with the stamped letter; the sheets already in are kept and count for nothing."""
    officer = world.officer
    open_dossier(officer, WITHDRAWN)
    officer.follow("登记撤回")
    officer.press("登记撤回", {"事由": "申报单位来函撤回（示例）"})
    assert officer.page.status == 422
    officer.sees("申报单位来函撤回（示例）")
    officer.press("登记撤回", files={"盖章函件": LETTER})
    officer.sees("撤回已登记。", "已撤回")
    assert officer.download("盖章函件") == LETTER[1]
