"""Two people who type one handwriting mean the same when the words are; figures keep their signs."""

import pytest

from review_portal.domain.same_text import same


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("目标清楚，路径可行。", "目标清楚,路径可行"),
        ("依据 不足", "依据不足\n"),
        ("首年３.5万吨", "首年3.5万吨"),
        ("见附件（二）", "见附件(二)"),
        ("CO2", "co2"),
        ("", " 。"),
    ],
)
def test_words_are_the_same_however_they_are_set(first: str, second: str) -> None:
    assert same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("3.5万吨", "35万吨"), ("可行", "不可行"), ("50%", "50"), ("10:30", "1030"), ("1,000家", "1000家")],
)
def test_words_and_figures_that_say_something_else_differ(first: str, second: str) -> None:
    assert not same(first, second)
