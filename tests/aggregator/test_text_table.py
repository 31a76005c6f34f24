import json

import numpy as np
import pytest

from review_portal.aggregator.text_table import Rows, aligned, figures, json_text, percents


@pytest.mark.parametrize("block", [1, 2, 10])
def test_rows_are_json_however_many_go_into_a_part(monkeypatch, block):
    monkeypatch.setattr("review_portal.aggregator.text_table._BLOCK", block)
    rows = Rows(("甲", 'b"\\', "c%s"), {"n": np.array([1, 2, 3]), "x": np.array([0.1, np.nan, np.inf])})
    text = "".join(json_text([("mu", 2.5), ("se", float("nan")), ("rows", rows)]))
    assert json.loads(text) == {
        "mu": 2.5,
        "se": None,
        "rows": {"甲": {"n": 1, "x": 0.1}, 'b"\\': {"n": 2, "x": None}, "c%s": {"n": 3, "x": None}},
    }


def test_figures_in_json_are_read_back_to_the_last_bit():
    values = np.random.default_rng(1).standard_normal(50) * 10.0 ** np.arange(-25, 25)
    rows = json.loads("".join(json_text([("rows", Rows([*map(str, range(50))], {"x": values}))])))["rows"]
    assert [row["x"] for row in rows.values()] == values.tolist()


def test_columns_stand_under_their_heads_with_chinese_text_two_wide():
    text = aligned(("材料", "n"), (["示例甲", "B"], figures(np.array([1.25, np.nan]), 1)))
    assert text.splitlines() == ["材料      n", "示例甲  1.2", "B        —"]


def test_table_says_how_many_rows_it_leaves_out():
    assert aligned(("a",), ([*"uv"],), left_out=3).splitlines() == [
        "a",
        "u",
        "v",
        "（另有3行，见--json的输出）",
    ]


def test_share_that_does_not_exist_is_a_dash():
    assert percents(np.array([0.1234, np.nan])) == ["12.3%", "—"]
