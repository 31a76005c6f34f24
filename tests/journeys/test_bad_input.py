"""Bad input at the desks: a plain sentence that says what to do, what was typed kept, nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db as database
from review_portal.services import calls
from tests import factories, form_documents
from tests import factories_reviews as build
from tests.conftest import build_app, close
from tests.data_builders import ROSTER_HEADS, altered, roster_rows, sheet_xlsx
from tests.factories import inside
from tests.factories_reviews import OPINION, POOL, REASON
from tests.journeys.steps import Hand

SAMPLE = form_documents.data(form_documents.SAMPLES[0])
RECEIVED = "2023-02-16T10:00"
WATCHED_OUT = {"login_sessions"}  # when somebody was seen last changes with every page


def stored(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table, in order: what must be the same before and after a refusal."""

    def read() -> dict[str, list[Any]]:
        database.session.rollback()
        return {
            table.name: sorted(map(repr, database.session.execute(sa.select(table)).all()))
            for table in database.metadata.sorted_tables
            if table.name not in WATCHED_OUT
        }

    return inside(app, read)


@dataclass
class Refusal:
    """A page as it stood before something wrong was sent, and the house behind it."""

    app: Flask
    hand: Hand
    before: dict[str, list[Any]]

    def says(self, status: int, *sentences: str, **kept: str) -> None:
        """The status, the sentences, what is still in the fields; nothing changed anywhere."""
        assert self.hand.page.status == status, self.hand.page.text
        self.hand.sees(*sentences)
        assert {name: self.hand.page.value(name).lstrip("\n") for name in kept} == kept
        assert stored(self.app) == self.before


def hand_of(app: Flask, person: factories.Credential) -> Hand:
    """A browser in which this person is logged in."""
    hand = Hand(app)
    hand.log_in(person.login, person.password)
    return hand


@pytest.fixture
def intake(app: Flask) -> Refusal:
    """The officer at 登记收件 of a published call in which one form has been taken in."""
    return at_intake(app)


def at_intake(app: Flask) -> Refusal:
    people = factories.office(app)
    officer = people.officer.viewer(app)
    call = inside(app, lambda: calls.create_call(officer, folder="green_platform_2023"))
    inside(app, lambda: calls.publish(officer, call=call))
    hand = hand_of(app, people.officer)
    hand.get("/")
    hand.follow("收件登记")
    hand.follow("登记收件")
    hand.press("上传并识别", {"收件时间": RECEIVED}, files={"申报书": ("申报书.docx", SAMPLE)})
    hand.follow("登记收件")
    return Refusal(app, hand, stored(app))


MACRO = altered(SAMPLE, add={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0 macro"})
WRONG_FILES = {
    "wrong type": ("申报书.pdf", b"%PDF-1.7\n", "申报书须是 Word（.docx）文件。请另存后重新上传。"),
    "another type under the right name": (
        "申报书.docx",
        b"%PDF-1.7\n",
        "文件名是 .docx，内容却是 .pdf。请用原软件另存为正确的格式",
    ),
    "damaged": ("申报书.docx", SAMPLE[: len(SAMPLE) // 2], "文件已损坏。请用原软件打开确认后重传。"),
    "macros": ("申报书.docx", MACRO, "文件含有宏或控件，不能接收。请在 Word/WPS 中另存为不含宏的"),
    "empty": ("申报书.docx", b"", "文件是空的。请检查后重新上传。"),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_file_that_cannot_be_taken_in_is_named_and_nothing_is(intake: Refusal, case: str) -> None:
    name, data, sentence = WRONG_FILES[case]
    good = ("第二份.docx", SAMPLE)
    intake.hand.press("上传并识别", {"收件时间": RECEIVED}, files={"申报书": [good, (name, data)]})
    intake.says(422, sentence, received_at=RECEIVED)


@pytest.fixture
def narrow(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal that takes one megabyte."""
    made = build_app(tmp_path, database_url, upload_limit_mb=1)
    yield made
    close(made)


def test_file_beyond_the_limit_is_refused_before_it_is_read(narrow: Flask) -> None:
    intake = at_intake(narrow)
    intake.hand.press("上传并识别", files={"申报书": ("申报书.docx", SAMPLE + bytes(2**21))})
    intake.says(
        413, "文件过大，未上传，填写的内容也未收到。请用浏览器的“后退”返回上一页，压缩图片或分开上传后再试。"
    )


def test_recommendation_table_without_its_columns_is_refused(intake: Refusal) -> None:
    intake.hand.follow("推荐汇总表")
    table = sheet_xlsx([["序号", "联系人"], [1, "周示例"]])
    intake.hand.press("登记并核对", {"收件时间": RECEIVED}, files={"推荐汇总表": ("附件1.xlsx", table)})
    intake.says(
        422,
        "没有找到推荐汇总表：表头须有“申报单位名称”“联系人”“手机”。请使用附件1的格式填写后重新上传。",
        received_at=RECEIVED,
    )


def test_roster_names_every_fault_with_row_and_column(intake: Refusal) -> None:
    intake.hand.follow("专家与分派")
    rows = roster_rows(POOL["experts"][:2])
    rows[0][0], rows[1][4] = "", "12345"
    intake.hand.press("导入", files={"专家名单": ("专家.xlsx", sheet_xlsx([ROSTER_HEADS, *rows]))})
    intake.says(
        422,
        "有2处须更正，未导入任何一行。请修改文件后重新上传。",
        "第2行姓名不能为空。请填写姓名。",
        "第3行手机“12345”不是11位手机号码。请核对后修改。",
    )


def test_roster_without_its_columns_says_which_are_missing(intake: Refusal) -> None:
    intake.hand.follow("专家与分派")
    intake.hand.press("导入", files={"专家名单": ("专家.xlsx", sheet_xlsx([["姓名", "职称"]]))})
    intake.says(422, "没有找到专家名单：表头须有“姓名”“工作单位”“手机”。请下载模板填写后重新上传。")


def test_form_without_its_token_changes_nothing_and_keeps_the_words(intake: Refusal) -> None:
    intake.hand.follow("收件登记")
    intake.hand.follow("审查")
    intake.hand.follow("受理")
    intake.hand.post(intake.hand.page.path, {"reason": "形式审查通过（示例）"}, token="")
    assert intake.hand.page.doc.xpath("//textarea/text()")[0].strip() == "形式审查通过（示例）"
    intake.says(400, "页面已过期，未作任何改动。请返回上一页，刷新后重新提交。")


def test_decision_on_a_version_that_has_been_replaced_is_refused(intake: Refusal) -> None:
    intake.hand.follow("收件登记")
    intake.hand.follow("审查")
    intake.hand.follow("受理")
    intake.hand.press("受理", {"理由": "形式审查通过（示例）", "seen": "a" * 12})
    intake.says(409, "该材料已有新的版本或新的审查结果，请刷新页面后再办理。", reason="形式审查通过（示例）")


@dataclass
class Scoring(Refusal):
    """An expert at an open sheet; `other` is the same expert's second window."""

    other: Hand


@pytest.fixture
def scoring(app: Flask) -> Scoring:
    scene = build.scoring(app, samples=form_documents.SAMPLES[:1])
    credential = scene.credential(app, "甲示例")
    inside(app, lambda: scene.ready("甲示例", form_documents.SAMPLES[0]))
    windows = []
    for _number in range(2):
        hand = hand_of(app, credential)
        hand.get("/")
        hand.follow("开始评分")
        windows.append(hand)
    return Scoring(app, windows[0], stored(app), windows[1])


def filled(**changed: str) -> dict[str, str]:
    rubric = form_documents.green_call().rubric_of("written_review")
    fields = {f"points.{item.key}": "2" for item in rubric.items}
    fields |= {f"comments.{item.key}": REASON for item in rubric.items}
    return fields | {"opinion": OPINION, **changed}


WRONG_POINTS = {
    "above the maximum": ("10.5", "“服务覆盖面与服务量”的得分应在0至10分之间，请改正。"),
    "below zero": ("-1", "“服务覆盖面与服务量”的得分应在0至10分之间，请改正。"),
    "between the steps": ("2.3", "“服务覆盖面与服务量”的得分应为0.5分的整数倍，请改正。"),
    "no number": ("八分", "“服务覆盖面与服务量”的得分须填数字，请改正。"),
    "left out": ("", "“服务覆盖面与服务量”尚未评分，请填写0至10分。"),
}


@pytest.mark.parametrize("case", WRONG_POINTS)
def test_point_that_cannot_be_given_stands_in_its_field_beside_the_sentence(
    scoring: Scoring, case: str
) -> None:
    text, sentence = WRONG_POINTS[case]
    scoring.hand.press("提交评分", filled(**{"points.C1.1": text}))
    scoring.before = stored(scoring.app)  # the draft is kept as typed, and nothing is submitted
    scoring.says(200, sentence)
    scoring.hand.follow(sentence)
    assert scoring.hand.page.field_error("points.C1.1") == sentence
    scoring.says(200, **filled(**{"points.C1.1": text}))


def test_low_level_without_a_reason_asks_for_it_at_the_item(scoring: Scoring) -> None:
    sentence = "“服务覆盖面与服务量”评为较差，请写明评分理由，不少于10字。"
    scoring.hand.press("提交评分", filled(**{"comments.C1.1": ""}))
    scoring.before = stored(scoring.app)
    scoring.hand.follow(sentence)
    assert scoring.hand.page.field_error("comments.C1.1") == sentence
    scoring.says(200, **filled(**{"comments.C1.1": ""}))


def test_second_window_gets_both_texts_and_the_choice(scoring: Scoring) -> None:
    scoring.other.press("暂存", {"opinion": "另一窗口的意见"})
    scoring.before = stored(scoring.app)
    scoring.hand.press("暂存", {"opinion": "本窗口的意见"})
    scoring.says(409, "这份评分表刚在另一窗口或设备上暂存过。", "本窗口的意见", "另一窗口的意见")
    scoring.hand.press("保留我填写的内容")
    assert scoring.hand.page.value("opinion").strip() == "本窗口的意见"


def test_sheet_without_its_token_is_not_saved(scoring: Scoring) -> None:
    scoring.hand.post(scoring.hand.page.path, filled(act="save"), token="")
    scoring.says(400, "页面已过期，未作任何改动。", OPINION)
