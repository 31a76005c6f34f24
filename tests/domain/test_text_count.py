"""Lengths of texts as Word counts them, and without spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.text_count import TextCount, count_text, fold, is_not_committed


@pytest.mark.parametrize(
    ("text", "word", "nonspace"),
    [
        ("", 0, 0),
        ("无。", 2, 2),
        ("现有员工126人", 6, 8),
        ("平台1.8万个计量点位", 9, 11),
        ("CMA资质 12 项", 5, 8),
        ("“平台+园区”", 7, 7),
        ("第一段\n第二段\u3000\u3000第三段", 9, 9),
    ],
)
def test_text_is_counted_in_two_ways(text: str, word: int, nonspace: int) -> None:
    assert count_text(text) == TextCount(word, nonspace)


@given(st.text())
def test_words_are_never_more_than_characters(text: str) -> None:
    counted = count_text(text)
    assert 0 <= counted.word <= counted.nonspace


@given(st.text(alphabet="绿色制造平台，。"), st.text(alphabet="绿色制造平台，。"))
def test_chinese_texts_add_up(first: str, second: str) -> None:
    assert count_text(first + second).word == count_text(first).word + count_text(second).word


@pytest.mark.parametrize(
    ("word", "nonspace", "standing"),
    [(500, 500, "within"), (500, 501, "unclear"), (501, 500, "unclear"), (501, 501, "over")],
)
def test_limit_is_broken_only_by_both_counts(word: int, nonspace: int, standing: str) -> None:
    assert TextCount(word, nonspace).against(500) == standing


def test_folded_texts_compare_without_width_and_spaces() -> None:
    assert fold("重庆示例（集团） 公司") == fold("重庆示例(集团)公司")


@pytest.mark.parametrize("raw", ["/", "／", " / ", "无", "—", "N/A", "不涉及"])
def test_slash_says_not_committed(raw: str) -> None:
    assert is_not_committed(raw)


@pytest.mark.parametrize("raw", ["", " ", "0", "5", "待定"])
def test_blank_and_zero_do_not_say_not_committed(raw: str) -> None:
    assert not is_not_committed(raw)
