"""Text of office files."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.exports.plain_text import clean, digest_groups, listed, shown_width, wrapped_lines


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_is_always_legal_xml_and_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    escaped = cleaned.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert ElementTree.fromstring(f"<a>{escaped}</a>".encode()).text == (cleaned or None)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("text", ["渝经信节能〔2023〕1号", "制表\t一\n二", "𠮷野家", "é ①"])
def test_ordinary_text_is_kept_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_check_code_is_shown_in_groups_of_four() -> None:
    assert digest_groups("abcd1234ef") == "abcd 1234 ef"
    assert digest_groups("") == "—"


def test_empty_list_is_a_dash() -> None:
    assert (listed(()), listed(("甲示例", "乙示例"))) == ("—", "甲示例、乙示例")


def test_chinese_characters_take_two_columns() -> None:
    assert (shown_width("ab中文"), wrapped_lines("中文中文\nab", 4)) == (6, 3)
