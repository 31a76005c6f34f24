"""A wholly different call runs by the same pages: other stages, steps, levels, rule and words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from scoring_rubrics import load_call
from tests import factories
from tests.conftest import build_app, close
from tests.factories_selection import CHAIR, Selection, selection, tea
from tests.journeys import steps
from tests.journeys.chairing import ranked_rows
from tests.journeys.steps import Hand

CALLS = factories.TEA_GARDEN.parent
GARDEN = load_call(factories.TEA_GARDEN)
FOREIGN = ("绿色制造", "市级重点", "书面评审", "现场答辩", "两江新区")  # words of the shipped call


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal whose only rubric folder is the tea garden's."""
    made = build_app(tmp_path, database_url, rubrics=CALLS)
    yield made
    close(made)


def enter(made: Selection, person: factories.Credential) -> Hand:
    hand = Hand(made.app)
    hand.log_in(person.login, person.password)
    return hand


def test_rules_and_needs_of_a_new_call_come_from_its_folder(app: Flask) -> None:
    officer = Hand(app)
    people = factories.office(app)
    officer.log_in(people.officer.login, people.officer.password)
    officer.follow("新建批次")
    officer.press("新建批次", {"规则文件夹": factories.TEA_GARDEN.name})
    officer.sees(
        "示例县农业局", "2030年7月1日12时", "茶树品种保护", "入园踏勘", "盲评品茶", "土层厚度", "0.75"
    )
    assert [word for word in FOREIGN if word in main(officer)] == []
    officer.follow("专家与分派")
    officer.follow("开启评审", "入园踏勘")
    officer.sees("受理尚未结束。", "评审工作方案的批准尚未登记", "专家组现有0人，应不少于3人")


def main(hand: Hand) -> str:
    """What the page itself says, without the frame around it."""
    return steps.words(hand.page.doc.get_element_by_id("main"))


def test_receipt_is_asked_for_as_the_folder_counts_it(app: Flask) -> None:
    made = selection(app, "assigned", tea())
    officer = Hand(made.app)
    officer.log_in(made.office.officer.login, made.office.officer.password)
    page = officer.get(f"/secretariat/{made.call}/intake")
    assert "寄出邮戳时间（北京时间）" in page.text
    assert "收件时间（北京时间）" not in page.text


@pytest.fixture
def receiving(app: Flask) -> Hand:
    """The officer of the tea garden's call, which is published, at the register."""
    people = factories.office(app)
    officer = Hand(app)
    officer.log_in(people.officer.login, people.officer.password)
    officer.follow("新建批次")
    officer.press("新建批次", {"规则文件夹": factories.TEA_GARDEN.name})
    officer.follow("批次与规则")
    officer.follow("发布")
    officer.press("发布")
    officer.follow("收件登记")
    officer.follow("登记收件")
    return officer


def hand_in(officer: Hand, posted: str, arrived: str) -> None:
    files = [(item.name, item.data) for item in tea().uploads[:1]]
    times = {"寄出邮戳时间": posted, "送达时间": arrived}
    officer.press("上传并识别", times, files={"申报书": files})


def test_postmark_and_arrival_are_both_kept_and_the_pages_say_which_counts(receiving: Hand) -> None:
    hand_in(receiving, "2023-02-17T00:00", "2023-02-20T09:20")
    receiving.sees("是否逾期以寄出邮戳日为准", "2023年2月17日邮戳", "2023年2月20日 09:20送达")
    receiving.follow("审查")
    receiving.sees("2023年2月17日邮戳 2023年2月20日 09:20送达（以邮戳日为准）")


def test_arrival_before_the_postmark_is_refused_and_both_are_kept_in_the_form(receiving: Hand) -> None:
    hand_in(receiving, "2023-02-17T00:00", "2023-02-16T23:00")
    assert receiving.page.status == 422
    assert receiving.page.field_error("arrived_at") == "送达不能早于寄出邮戳日，请核对两个日期。"
    assert [receiving.page.value(name) for name in ("received_at", "arrived_at")] == [
        "2023-02-17T00:00",
        "2023-02-16T23:00",
    ]


def test_what_is_handed_in_counts_from_the_day_it_arrived(receiving: Hand) -> None:
    hand_in(receiving, "", "2023-02-20T09:20")
    receiving.sees("2023年2月20日邮戳", "2023年2月20日 09:20送达")


def test_arrival_yet_to_come_is_refused(receiving: Hand) -> None:
    hand_in(receiving, "2023-02-17T00:00", "2999-01-01T00:00")
    assert receiving.page.field_error("arrived_at") == "送达时间不能晚于现在。请按北京时间填写。"


def test_expert_scores_by_the_items_and_levels_of_the_folder(app: Flask) -> None:
    made = selection(app, "scoring", tea())
    expert = enter(made, made.experts[tea().panel[1]])
    expert.follow("签署评审承诺")
    expert.press("签署评审承诺", tick=["本人已阅读"])
    expert.follow("开始评分", "2030-002")
    names = [steps.words(label) for label in expert.page.doc.xpath("//label[contains(., '无利害关系')]")]
    expert.press("确认无利害关系", tick=names)
    expert.sees("土层厚度", "树龄结构", "传习人数", "0／3")
    typed = {"points.soil.depth": "6", "points.soil.trees": "4", "points.craft.masters": "2"}
    expert.press("提交评分", {**typed, "points.soil.depth": "6.5"})
    expert.sees("的得分应为1分的整数倍")
    expert.follow("返回修改")
    expert.press("提交评分", typed)
    expert.sees("评分理由，不少于4字")
    expert.follow("返回修改")
    expert.press("提交评分", {**typed, "comments.craft.masters": "只有一名学徒（示例）"})
    expert.press("确认提交")
    expert.sees("提交回执", "合计 12.00／20")


def test_chair_ranks_by_the_rule_of_the_folder(app: Flask) -> None:
    made = selection(app, "finished", tea())
    chair = enter(made, made.experts[CHAIR])
    chair.follow("组长工作台")
    chair.follow("查看排名")
    chair.sees("入围名单（试算）", GARDEN.rule.label)
    places = [cells[0] for cells in ranked_rows(chair)]
    assert places == ["1", "2", "3"]
    assert [cells[1].split()[0] for cells in ranked_rows(chair)] == ["2030-002", "2030-003", "2030-001"]
    chair.follow("冻结")
    chair.press(
        "冻结入围名单", {"look": "已查看（示例）。"} if chair.page.doc.xpath("//*[@name='look']") else {}
    )
    chair.sees("排名已冻结。")
    officer = enter(made, made.office.officer)
    officer.follow("排名与文书")
    officer.sees("入园踏勘", "盲评品茶")
