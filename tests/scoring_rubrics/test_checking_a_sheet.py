"""The one rule by which a score sheet is checked, from whatever side it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import pytest

from scoring_rubrics import Call, Rubric

OPINION = "目标清楚，路径可行，建议进入答辩。"
REASON = "基准年与核算边界未说明。"


def full(rubric: Rubric) -> dict[str, Decimal | None]:
    """Points one step below the top of every item: nothing to explain."""
    return {item.key: item.max_score - item.step for item in rubric.items}


def faults(
    call: Call,
    points: Mapping[str, Decimal | None],
    rubric: str = "written_review",
    comments: Mapping[str, str] = MappingProxyType({}),
    opinion: str = OPINION,
    conclusion: str | None = None,
) -> list[tuple[str | None, str, str]]:
    found = call.rubrics[rubric].check(points, comments, opinion, call.comments, conclusion)
    return [(fault.item, fault.kind, fault.text) for fault in found]


@pytest.fixture
def points(shipped: Call) -> dict[str, Decimal | None]:
    return full(shipped.rubrics["written_review"])


def test_complete_sheet_has_no_fault(shipped: Call, points: dict[str, Decimal | None]) -> None:
    assert faults(shipped, points) == []


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        (None, "missing", "“服务覆盖面与服务量”尚未评分，请填写0至10分。"),
        (Decimal("10.5"), "range", "“服务覆盖面与服务量”的得分应在0至10分之间，请改正。"),
        (Decimal("-0.5"), "range", "“服务覆盖面与服务量”的得分应在0至10分之间，请改正。"),
        (Decimal("NaN"), "range", "“服务覆盖面与服务量”的得分应在0至10分之间，请改正。"),
        (Decimal("8.3"), "step", "“服务覆盖面与服务量”的得分应为0.5分的整数倍，请改正。"),
        (Decimal("5.5"), "comment", "“服务覆盖面与服务量”评为较差，请写明评分理由，不少于10字。"),
        (Decimal("0"), "comment", "“服务覆盖面与服务量”评为较差，请写明评分理由，不少于10字。"),
    ],
)
def test_point_that_cannot_stand_is_named(
    shipped: Call, points: dict[str, Decimal | None], given: Decimal | None, kind: str, text: str
) -> None:
    assert faults(shipped, points | {"C1.1": given}) == [("C1.1", kind, text)]


def test_absent_point_is_missing_never_zero(shipped: Call, points: dict[str, Decimal | None]) -> None:
    del points["C3.4"]
    assert faults(shipped, points) == [("C3.4", "missing", "“资源整合与区县支持”尚未评分，请填写0至3分。")]


def test_lowest_level_with_a_reason_stands(shipped: Call, points: dict[str, Decimal | None]) -> None:
    assert faults(shipped, points | {"C1.2": Decimal(3)}, comments={"C1.2": REASON}) == []


def test_reason_of_blanks_is_no_reason(shipped: Call, points: dict[str, Decimal | None]) -> None:
    found = faults(shipped, points | {"C1.2": Decimal(3)}, comments={"C1.2": "　 \n" * 20})
    assert [(item, kind) for item, kind, _ in found] == [("C1.2", "comment")]


def test_second_lowest_level_needs_no_reason(shipped: Call, points: dict[str, Decimal | None]) -> None:
    assert faults(shipped, points | {"C1.2": Decimal(7)}) == []


def test_one_full_item_needs_no_reason(shipped: Call, points: dict[str, Decimal | None]) -> None:
    assert faults(shipped, points | {"C3.4": Decimal(3)}) == []


def test_full_criterion_needs_a_reason_at_any_of_its_items(
    shipped: Call, points: dict[str, Decimal | None]
) -> None:
    top: dict[str, Decimal | None] = {
        i.key: i.max_score for i in shipped.rubrics["written_review"].criterion("C3").items
    }
    text = "“可复制推广性”各项均为满分，请在其中一项写明评分理由，不少于10字。"
    assert faults(shipped, points | top) == [("C3", "comment", text)]
    assert faults(shipped, points | top, comments={"C3.2": REASON}) == []
    assert faults(shipped, points | top, comments={"C3": REASON}) == []


def test_full_item_needs_a_reason_where_the_call_says_so(tea: Call) -> None:
    points = full(tea.rubrics["garden_visit"]) | {"soil.trees": Decimal(5)}
    text = "“树龄结构”为满分，请写明评分理由，不少于4字。"
    assert faults(tea, points, rubric="garden_visit") == [("soil.trees", "comment", text)]


@pytest.mark.parametrize(("length", "ok"), [(9, False), (10, True), (300, True), (301, False)])
def test_opinion_has_a_least_and_a_greatest_length(
    shipped: Call, points: dict[str, Decimal | None], length: int, ok: bool
) -> None:
    text = f"总体意见应为10至300字，现为{length}字，请修改。"
    assert faults(shipped, points, opinion="好" * length) == ([] if ok else [(None, "opinion", text)])


def test_conclusion_is_chosen_where_the_rubric_asks(shipped: Call) -> None:
    points = full(shipped.rubrics["onsite_defense"])
    wanted = [(None, "conclusion", "请选择结论：推荐、有条件推荐、不推荐。")]
    assert faults(shipped, points, rubric="onsite_defense") == wanted
    assert faults(shipped, points, rubric="onsite_defense", conclusion="同意") == wanted
    assert faults(shipped, points, rubric="onsite_defense", conclusion="有条件推荐") == []


def test_conclusion_is_refused_where_the_rubric_has_none(
    shipped: Call, points: dict[str, Decimal | None]
) -> None:
    assert faults(shipped, points, conclusion="推荐") == [
        (None, "conclusion", "本评分表不设结论，请删去所填结论。")
    ]


def test_item_of_another_sheet_is_unknown(shipped: Call, points: dict[str, Decimal | None]) -> None:
    text = "评分表中没有“D1.1”这一项，请使用本轮下发的评分表。"
    assert faults(shipped, points | {"D1.1": Decimal(9)}) == [("D1.1", "unknown", text)]


def test_all_faults_come_at_once_in_sheet_order(shipped: Call, points: dict[str, Decimal | None]) -> None:
    found = faults(shipped, points | {"C3.1": None, "C1.1": Decimal(99)}, opinion="")
    assert [(item, kind) for item, kind, _ in found] == [
        ("C1.1", "range"),
        ("C3.1", "missing"),
        (None, "opinion"),
    ]


def test_rate_item_takes_hundredths_and_asks_for_no_reason(shipped: Call) -> None:
    points = full(shipped.rubrics["annual_acceptance"]) | {"A1.1": Decimal("0.37")}
    assert faults(shipped, points, rubric="annual_acceptance", conclusion="通过") == []


def test_points_outside_all_levels_raise(shipped: Call) -> None:
    with pytest.raises(ValueError, match="没有包含11分的等次"):
        shipped.rubrics["written_review"].item("C1.1").level_of(Decimal(11))
