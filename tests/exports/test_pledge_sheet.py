"""The pledge for the wet signature: words of the page, what was declared, the check code on every page."""

from __future__ import annotations

from datetime import UTC, datetime

from review_portal.domain.pledge_words import PLEDGE
from review_portal.exports import pdf
from review_portal.exports.figures import CallHead
from review_portal.exports.pledge_sheet import Declared, PledgeSheet, write_docx
from tests.exports.docx_reading import opened
from tests.exports.test_pdf_copies import characters, pages, words_of

CODE = "ab12" * 16


def sheet(count: int) -> PledgeSheet:
    declared = tuple(
        Declared(
            f"2023-{place:03}",
            f"示例市第{place}示范数字科技研究院有限公司",
            ("成员示例甲有限公司", "成员示例乙集团股份有限公司"),
            "示例区工信局",
            "无利害关系" if place % 7 else "声明回避",
        )
        for place in range(1, count + 1)
    )
    return PledgeSheet(
        CallHead("示例批次", "示例〔2023〕1号", "示例办公室"),
        "书面评审",
        "专家示例",
        "示例大学",
        tuple(map(str, PLEDGE)),
        declared,
        datetime(2023, 9, 1, 2, tzinfo=UTC),
        CODE,
    )


def test_pledge_says_what_was_clicked_and_declared() -> None:
    data = write_docx(sheet(60))
    assert data == write_docx(sheet(60))
    assert opened(data) is not None
    words = "".join(words_of(data))
    assert all(characters(str(line)) in words for line in PLEDGE)
    assert "2023年9月1日10:00" in words
    assert words.count("声明回避") == 8


def test_pledge_on_several_pages_loses_nothing_and_carries_its_code_on_each() -> None:
    data = write_docx(sheet(60))
    read = [characters(text) for text, _size in pages(pdf.from_docx(data))]
    assert len(read) > 2
    assert all(CODE in page and "推荐单位" in page for page in read[:-1])
    whole = "".join(read)
    assert [number for number in range(1, 61) if f"2023-{number:03}" not in whole] == []


def test_pledge_without_declarations_says_so() -> None:
    assert "尚未就任何申报单位作出声明。" in "".join(words_of(write_docx(sheet(0))))
