"""The deciding pipeline as data."""

from __future__ import annotations

import pytest

from scoring_rubrics import Rule


@pytest.mark.parametrize(
    ("name", "normalize", "combine", "label"),
    [
        ("mean", "none", "mean", "算术平均"),
        ("drop_high_low", "none", "drop_high_low", "去掉一个最高分和一个最低分的平均"),
        ("median", "none", "median", "中位数"),
        ("severity", "severity", "mean", "宽严度校准后取算术平均"),
        ("z_score", "z_score", "mean", "标准分换算后取算术平均"),
    ],
)
def test_shorthand_stands_for_a_whole_rule(name: str, normalize: str, combine: str, label: str) -> None:
    rule = Rule.shorthand(name)
    assert (rule.normalize, rule.combine, rule.label) == (normalize, combine, label)
    assert (rule.min_reviews, rule.below_threshold, rule.fallback, rule.places) == (5, "all_mean", "none", 2)


def test_shorthand_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(ValueError, match="没有名为“best”的排序方法，可选：mean、drop_high_low、median"):
        Rule.shorthand("best")


def test_using_another_method_keeps_ties_and_places() -> None:
    rule = Rule("severity", "mean", tie_keys=("sheet.first",), places=3)
    assert rule.using("median") == Rule("none", "median", tie_keys=("sheet.first",), places=3)


def test_rule_refuses_a_word_that_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="“mode”不在可选值内：mean、drop_high_low、median"):
        Rule("none", "mode")  # type: ignore[arg-type]
