"""The register's words: specialties in one cell, numbers that are not shown, days named in a sentence."""

from datetime import date

import pytest

from review_portal.domain.pinyin import search_key, search_words
from review_portal.domain.register import days_named, masked, masked_email, masked_login, specialties_of

TODAY = date(2023, 2, 20)


def test_specialties_are_parted_however_they_are_written_and_each_counts_once():
    assert specialties_of("热能工程、 工业节能；热能工程/碳核算\n") == ("热能工程", "工业节能", "碳核算")
    assert specialties_of(" ") == ()


@pytest.mark.parametrize(
    ("number", "shown"),
    [("19900001001", "199****1001"), ("1234567", "****"), ("", ""), ("1234567890", "****")],
)
def test_masked_number_tells_two_apart_and_cannot_be_called(number, shown):
    assert masked(number) == shown


def test_masked_email_keeps_the_house_and_one_letter():
    assert [masked_email(text) for text in ("jia@example.com", "", "jia")] == [
        "j****@example.com",
        "",
        "****",
    ]


def test_only_logins_that_are_mobile_numbers_are_masked():
    assert [masked_login(text) for text in ("19900001001", "office", "20231234567")] == [
        "199****1001",
        "office",
        "20231234567",
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2月27日上午9时，示例会议室", [(date(2023, 2, 27), date(2023, 2, 27))]),
        ("2月20日", [(TODAY, TODAY)]),
        ("2月19日", [(date(2024, 2, 19), date(2024, 2, 19))]),
        ("2022年12月1日", [(date(2022, 12, 1), date(2022, 12, 1))]),
        ("2月27日至28日", [(date(2023, 2, 27), date(2023, 2, 28))]),
        ("2月27日上午9时到3月1日", [(date(2023, 2, 27), date(2023, 3, 1))]),
        (
            "2月27日、3月2日—3日",
            [(date(2023, 2, 27), date(2023, 2, 27)), (date(2023, 3, 2), date(2023, 3, 3))],
        ),
        ("2月30日，13月1日", []),
        ("时间另行通知", []),
    ],
)
def test_days_are_read_from_what_experts_are_told(text, days):
    assert list(days_named(text, TODAY)) == days


def finds(query: str) -> bool:
    key = search_key("曾示例", "重庆示例大学IT学院", "热能工程", "Green tech")
    return all(word in key for word in search_words(query))


FOUND = [
    "曾示例",
    "示例",
    "曾 示例",
    "zengshili",
    "ZSL",
    "zs",
    "大学it",
    "daxue",
    "chongqing",
    "sldx",
    "rngc",
]
FOUND += ["tech", "zeng 热能", "ｚｅｎｇ", "greentech", "", "% _"]


@pytest.mark.parametrize("query", FOUND)
def test_query_is_found(query):
    assert finds(query)


@pytest.mark.parametrize(
    "query", ["cengshili", "it", "hongqing", "例重", "示例 不在", "dx", "lirenneng", "ch_ng"]
)
def test_query_is_not_found(query):
    assert not finds(query)


def test_query_has_eight_words_at_most_and_each_once():
    assert len(search_words(" ".join("甲乙丙丁戊己庚辛壬癸"))) == 8
    assert search_words("甲 甲") == ("甲",)


def test_key_of_a_long_text_does_not_grow_with_its_square():
    short, long = (len(search_key("甲示例", "重庆" * size)) for size in (50, 100))
    assert long < 2.2 * short
