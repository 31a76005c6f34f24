"""The English side of the portal: a complete catalogue, the switch, words and dates on pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from babel.messages.catalog import Message as CatalogueEntry
from docx import Document
from flask import Flask
from flask_babel import ngettext

from review_portal.domain.messages import mark
from review_portal.web.filters import lang, office_date, office_time
from review_portal.web.forms import say
from tests import catalogue, factories
from tests.visitor import Page, Visitor

PLACE = re.compile(r"%\(\w+\)[a-z]|%%|%")
# words that people must write into Chinese files exactly so
QUOTED = {
    *(
        "姓名",
        "工作单位",
        "手机",
        "申报单位名称",
        "联系人",
        "至今",
        "推荐单位",
        "盖章",
        "材料编号",
        "专家编号",
    ),
    *("在库", "暂停", "移出", "退休", "无"),
    *("日", "日至", "国办发明电", "号", "函", "各有关单位"),  # written so in Chinese papers
    *("待填", "目录", "特殊情况"),  # as the papers print it, and a file's name
    *("月", "日上午", "时", "市政府会议中心"),  # what is told on the telephone is told in Chinese
}


def entries() -> list[CatalogueEntry]:
    return [entry for entry in catalogue.english() if entry.id]


def places(text: str) -> set[str]:
    return set(PLACE.findall(text))


def chinese(text: str) -> list[str]:
    """The Chinese words of a text."""
    return re.findall(r"[\u3400-\u9fff]+", text)


def test_catalogue_holds_what_the_code_says_and_nothing_else() -> None:
    said = {msgid for msgid, _ in catalogue.extracted()}
    known = {entry.id if isinstance(entry.id, str) else tuple(entry.id) for entry in entries()}
    assert (sorted(map(str, said - known)), sorted(map(str, known - said))) == ([], [])


def test_catalogue_translates_every_sentence() -> None:
    waiting = [entry.id for entry in entries() if entry.fuzzy or not all(catalogue.texts(entry.string))]
    assert waiting == []
    assert list(catalogue.english().obsolete) == []


def test_translation_keeps_the_places_of_its_sentence() -> None:
    wrong = [
        english
        for entry in entries()
        for sentence, english in zip(catalogue.texts(entry.id), catalogue.texts(entry.string), strict=True)
        if places(sentence) != places(english)
    ]
    assert wrong == []


def test_translation_is_english() -> None:
    """Only words that stand in Chinese files are quoted as they stand there."""
    left = [
        english
        for entry in entries()
        for english in catalogue.texts(entry.string)
        if set(chinese(english)) - QUOTED
    ]
    assert left == []


@contextmanager
def reading(app: Flask, language: str) -> Iterator[None]:
    """A request of somebody who has chosen this language."""
    with app.test_request_context() as context:
        context.session["language"] = language
        yield


def test_message_inside_a_message_is_translated_too(app: Flask) -> None:
    nested = mark("现任职于%(role)s“%(unit)s”", role=mark("牵头单位"), unit="示例公司")
    with reading(app, "zh"):
        assert say(nested) == "现任职于牵头单位“示例公司”"
    with reading(app, "en"):
        assert say(nested) == "Works at lead unit “示例公司”"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_empty_message_says_nothing(app: Flask, language: str) -> None:
    with reading(app, language):
        assert say(mark("")) == ""


def test_plural_follows_the_number(app: Flask) -> None:
    with reading(app, "en"):
        assert [ngettext("%(num)d件", "%(num)d件", n) for n in (1, 2)] == ["1 case", "2 cases"]


def test_dates_are_written_in_the_readers_language(app: Flask) -> None:
    day, moment = date(2023, 2, 17), datetime(2023, 2, 17, 8, 5, tzinfo=UTC)
    with reading(app, "zh"):
        assert (office_date(day), office_time(moment)) == ("2023年2月17日", "2023年2月17日 16:05")
    with reading(app, "en"):
        assert (office_date(day), office_time(moment)) == ("17 February 2023", "17 February 2023 16:05")


def switch(visitor: Visitor, language: str) -> Page:
    """Press the switch of the open page."""
    page = visitor.submit("/language")
    assert page.doc.get("lang") == {"en": "en", "zh": "zh-CN"}[language]
    return page


def test_login_page_in_english_keeps_no_chinese_but_the_way_back(app: Flask, visitor: Visitor) -> None:
    assert visitor.get("/login").doc.get("lang") == "zh-CN"
    page = switch(visitor, "en")
    assert (page.title, chinese(page.text)) == ("Expert review portal", ["中文"])
    assert switch(visitor, "zh").title == "专家评审系统"


def test_refusal_of_the_login_is_said_in_english(app: Flask, visitor: Visitor) -> None:
    visitor.get("/login")
    switch(visitor, "en")
    page = visitor.submit("/login", login="", password="")
    assert page.field_error("login") == "Please fill in the account name."
    assert chinese(page.text) == ["中文"]


@pytest.mark.parametrize("path", ["", "dossiers?state=received", "rules", "accounts"])
def test_switch_keeps_the_page_and_what_was_filtered(app: Flask, path: str) -> None:
    officer = factories.office(app).officer
    call = factories.bare_call(app)
    visitor = officer.visit(app)
    address = f"/secretariat/{call}/{path}"
    visitor.get(address)
    page = switch(visitor, "en")
    request = page.response.request
    assert (request.full_path if request.query_string else request.path) == address


def test_desk_in_english_keeps_only_names_in_chinese(app: Flask) -> None:
    officer = factories.office(app).officer
    call = factories.bare_call(app, published=True)
    visitor = officer.visit(app)
    visitor.get(f"/secretariat/{call}/")
    page = switch(visitor, "en")
    names = {"示例批次", "秘书处", "中文"}  # the call, the person, the way back
    assert set(chinese(page.text)) == names | {
        "年",
        "月",
        "日",
        "时",
    }  # the notice's deadline


def unmarked(page: Page) -> list[str]:
    """Chinese words in the main part that a reading voice would take for English."""
    (main,) = page.doc.xpath("//main")
    return [
        str(text).strip()
        for text in main.xpath(".//text()")
        if len(chinese_signs(text)) > len(re.findall("[A-Za-z]", text))
        and (text.getparent() if text.is_text else text.getparent().getparent()).xpath(
            "string(ancestor-or-self::*[@lang][1]/@lang)"
        )
        != "zh-CN"
    ]


def chinese_signs(text: str) -> str:
    return "".join(chinese(text))


def test_words_of_the_rules_are_marked_as_chinese_on_an_english_page(app: Flask) -> None:
    """Only there: on a Chinese page nothing needs to be marked."""
    visitor = factories.office(app).officer.visit(app)
    page = visitor.get(f"/secretariat/{factories.bare_call(app, published=True)}/rules")
    assert page.doc.xpath("//main//*[@lang]") == []
    assert unmarked(switch(visitor, "en")) == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("技术路线与服务体系", True),
        ("LED照明改造（示例）", True),
        ("Recommender: 綦江区", False),
        ("2023-006", False),
        ("", False),
    ],
)
def test_words_are_marked_by_the_language_that_most_of_them_are_in(
    app: Flask, text: str, marked: bool
) -> None:
    with reading(app, "en"):
        assert lang(text) == (" lang=zh-CN" if marked else "")
    with reading(app, "zh"):
        assert lang(text) == ""


def test_long_stay_in_english_does_not_touch_what_is_exported(app: Flask) -> None:
    officer = factories.office(app).officer
    call = factories.bare_call(app)
    visitor = officer.visit(app)
    visitor.get(f"/secretariat/{call}/rules")
    page = switch(visitor, "en")
    sent = visitor.get(page.links["Download scheme (Word)"])
    texts = [part.text for part in Document(BytesIO(sent.body)).paragraphs]
    assert "评审工作方案" in "".join(texts)
