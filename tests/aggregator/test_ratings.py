import hashlib

import numpy as np
import pytest

from review_portal.aggregator import AggregatorError, Notice, Ratings, criterion_by_prefix, hundredths

ROWS = [
    ("S1", "Z1", "C1.1", "8.5"),
    ("S1", "Z1", "C2.1", "7.0"),
    ("S1", "Z2", "C1.1", "9.0"),
    ("S1", "Z2", "C2.1", "6.5"),
    ("S2", "Z1", "C1.1", "4.0"),
    ("S2", "Z1", "C2.1", "5.5"),
]


def ratings(rows=ROWS, **options):
    columns = list(zip(*rows, strict=True))
    options.setdefault("criterion_of", {"C1.1": "C1", "C2.1": "C2"})
    return Ratings.from_columns(columns[0], columns[1], columns[2], hundredths(columns[3]), **options)


def test_ratings_hold_sheets_sorted_by_dossier_and_expert_whatever_the_order_of_rows():
    result = ratings(list(reversed(ROWS)))
    assert result.sheet_keys() == [("S1", "Z1"), ("S1", "Z2"), ("S2", "Z1")]
    assert result.points.tolist() == [[850, 700], [900, 650], [400, 550]]
    assert result.total.tolist() == [1550, 1550, 950]
    assert result.criterion_total.tolist() == [[850, 700], [900, 650], [400, 550]]
    assert result.criteria == ("C1", "C2")


def test_ratings_from_index_columns_of_any_width_are_those_from_names():
    codes = {"dossier": [1, 0, 0, 0, 1, 0], "expert": [0, 1, 0, 0, 0, 1], "item": [1, 0, 0, 1, 0, 1]}
    for kind in (np.int8, np.int32, np.int64):
        result = Ratings.from_codes(
            *(np.array(column, dtype=kind) for column in codes.values()),
            np.array([550, 900, 850, 700, 400, 650]),
            dossiers=("S1", "S2"), experts=("Z1", "Z2"), criterion_of={"C1.1": "C1", "C2.1": "C2"},
        )  # fmt: skip
        assert (result.sheet_keys(), result.points.tolist()) == (
            ratings().sheet_keys(),
            ratings().points.tolist(),
        )


def test_ratings_without_a_criterion_map_make_every_item_a_criterion():
    assert ratings(criterion_of=None).criteria == ("C1.1", "C2.1")


def test_sheet_that_lacks_an_item_is_reported_and_left_out():
    result = ratings(ROWS[:-1])
    assert result.sheet_keys() == [("S1", "Z1"), ("S1", "Z2")]
    assert result.notices == (
        Notice("sheet_incomplete", {"dossier": "S2", "expert": "Z1", "items": ("C2.1",)}),
    )
    assert result.dossiers == ("S1", "S2")


def test_item_required_by_the_rubric_but_scored_by_nobody_leaves_no_sheet():
    result = ratings(criterion_of={"C1.1": "C1", "C2.1": "C2", "C3.1": "C3"})
    assert result.sheet_keys() == []
    assert [entry.params["items"] for entry in result.notices] == [("C3.1",)] * 3


def test_duplicate_row_is_refused_by_name():
    with pytest.raises(AggregatorError) as caught:
        ratings([*ROWS, ("S1", "Z2", "C2.1", "6.5")])
    assert str(caught.value) == "专家Z2对S1的C2.1有两条评分，请只保留一条。"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dossier": ["S1"]}, "四列数据行数不同（1、2、2、2），请核对后重新提供。"),
        ({"points": [850.0, 700.0]}, "分数列应为以百分之一分为单位的整数，请先换算。"),
        ({"points": [850, -1]}, "第2行的分数为负数，请改正。"),
        ({"item": ["C1.1", "X9"]}, "出现未登记的item编号“X9”，请核对。"),
        ({"dossier": [["S1"], ["S1"]]}, "dossier列应为一维数据，请核对。"),
        ({"dossiers": ["S9"]}, "出现未登记的dossier编号“S1”，请核对。"),
        ({"dossiers": ["S1", "S1"]}, "dossier的编号有重复，请核对。"),
        ({"criterion_of": {}}, "出现未登记的item编号“C1.1”，请核对。"),
    ],
)
def test_bad_columns_are_refused_with_what_to_do(change, sentence):
    columns = {
        "dossier": ["S1", "S1"],
        "expert": ["Z1", "Z1"],
        "item": ["C1.1", "C2.1"],
        "points": [850, 700],
        "criterion_of": {"C1.1": "C1", "C2.1": "C2"},
    } | change
    with pytest.raises(AggregatorError) as caught:
        Ratings.from_columns(**columns)
    assert str(caught.value) == sentence


def test_hundredths_are_exact_for_text_with_two_decimals():
    assert hundredths(["0", "0.01", "85.12", " 7.5 ", "100"]).tolist() == [0, 1, 8512, 750, 10000]


@pytest.mark.parametrize("value", ["85.125", "", "优", "nan", "inf", "1e99"])
def test_hundredths_refuse_what_is_not_a_score_and_name_its_row(value):
    with pytest.raises(AggregatorError) as caught:
        hundredths(["85.12", value])
    assert str(caught.value) == f"第2行的分数“{value}”不是最多两位小数的数，请改正。"


def test_hundredths_refuse_binary_floats():
    with pytest.raises(AggregatorError, match="二进制浮点数"):
        hundredths([85.12, 7.5])


def test_without_removes_dossiers_experts_and_single_sheets_before_anything_is_computed():
    assert ratings().without(dossiers=["S1"]).sheet_keys() == [("S2", "Z1")]
    assert ratings().without(dossiers=["S1"]).dossiers == ("S2",)
    assert ratings().without(experts=["Z1"]).sheet_keys() == [("S1", "Z2")]
    assert ratings().without(experts=["Z1"]).experts == ("Z2",)
    assert ratings().without(sheets=[("S1", "Z2")]).sheet_keys() == [("S1", "Z1"), ("S2", "Z1")]
    both = [("S1", "Z2"), ("S2", "Z1")]
    assert ratings().without(sheets=both).sheet_keys() == [("S1", "Z1")]
    assert ratings().without(dossiers=["S1"], sheets=both).sheet_keys() == []
    assert ratings().without(dossiers=["S2"]).total.tolist() == [1550, 1550]


def test_without_a_dossier_also_drops_the_notices_about_it():
    assert ratings(ROWS[:-1]).without(dossiers=["S2"]).notices == ()
    assert ratings(ROWS[:-1]).without(experts=["Z1"]).notices == ()
    assert ratings(ROWS[:-1]).without(dossiers=["S1"]).notices == ratings(ROWS[:-1]).notices


@pytest.mark.parametrize(
    ("removal", "sentence"),
    [
        ({"dossiers": ["S9"]}, "本轮评分中没有编号“S9”，请核对。"),
        ({"experts": ["Z9"]}, "本轮评分中没有编号“Z9”，请核对。"),
        ({"sheets": [("S2", "Z2")]}, "专家Z2对S2没有有效评分，无法剔除，请核对编号。"),
    ],
)
def test_without_refuses_what_does_not_occur(removal, sentence):
    with pytest.raises(AggregatorError) as caught:
        ratings().without(**removal)
    assert str(caught.value) == sentence


def test_digest_is_the_hash_of_the_rows_that_anybody_can_write_down():
    text = "".join(
        f"{dossier}\t{expert}\t{item}\t{float(points):.2f}\n"
        for dossier, expert, item, points in sorted(ROWS)
    )
    assert ratings().digest() == hashlib.sha256(text.encode()).hexdigest()


def test_digest_depends_on_rows_and_not_on_their_order_or_on_unused_keys():
    assert ratings(list(reversed(ROWS))).digest() == ratings().digest()
    assert ratings(dossiers=["S2", "S9", "S1"]).digest() == ratings().digest()
    assert ratings([*ROWS[:-1], ("S2", "Z1", "C2.1", "5.0")]).digest() != ratings().digest()


def test_criterion_by_prefix_takes_the_part_before_the_full_stop():
    assert criterion_by_prefix(["C1.2", "C1.1", "D4"]) == {"C1.1": "C1", "C1.2": "C1", "D4": "D4"}
