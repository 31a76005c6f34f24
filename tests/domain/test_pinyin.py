"""Chinese names sort by pinyin, surnames by the reading that they have as surnames."""

import pytest

from review_portal.domain.pinyin import sort_key


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("曾示例", "zeng1 shi4 li4"),
        ("单示例", "shan4 shi4 li4"),
        ("解示例", "xie4 shi4 li4"),
        ("仇示例", "qiu2 shi4 li4"),
        ("区示例", "ou1 shi4 li4"),
        ("查示例", "zha1 shi4 li4"),
        ("任示例", "ren2 shi4 li4"),
        ("尉迟示例", "yu4 chi2 shi4 li4"),
        ("尉示例", "wei4 shi4 li4"),
        ("单于示例", "chan2 yu2 shi4 li4"),
        ("王示例", "wang2 shi4 li4"),
    ],
)
def test_sort_key_reads_surnames(name, reading):
    assert sort_key(name, person=True) == f"{reading}\x1f{name}"


def test_sort_key_reads_units_and_districts_as_words():
    assert sort_key("重庆示例") == "chong2 qing4 shi4 li4\x1f重庆示例"
    assert sort_key("长寿区") == "chang2 shou4 qu1\x1f长寿区"
    assert sort_key("单") == "dan1\x1f单"


def test_sort_key_orders_names_as_a_reader_expects():
    names = ["王示例", "曾示例", "安示例", "单示例", "Adam", "区示例", "3号"]
    expected = ["3号", "Adam", "安示例", "区示例", "单示例", "王示例", "曾示例"]
    assert sorted(names, key=lambda name: sort_key(name, person=True)) == expected


def test_sort_key_ignores_width_and_outer_spaces_but_keeps_different_texts_apart():
    assert sort_key(" Ａ示例 ") == sort_key("A示例")
    assert sort_key("李示例") != sort_key("里示例")
    assert sort_key("") == "\x1f"
