"""The panel's opinion form: a place to sign for everybody who answered, dissent after the signatures."""

from __future__ import annotations

import dataclasses
from datetime import date

from review_portal.exports.opinion_form import OpinionForm, OpinionForms, write_docx
from tests.exports.docx_reading import lines, opened, table_texts

FORM = OpinionForm(
    number="2023-001",
    unit="重庆示例绿能科技有限公司",
    facts=(("主要优点", "基础扎实"), ("存在问题", "测算偏粗"), ("建议", "细化任务"), ("专家组结论", "推荐")),
    answers=(("示例甲", "同意", ""), ("示例乙", "有异议", "测算依据不足，不同意推荐。")),
    others=(),
    note="第1版　专家组已确认，有异议",
    code="ab12",
)
FORMS = OpinionForms("示例批次", "书面评审", (FORM,), "ab12", date(2023, 3, 3))


def test_everybody_who_answered_has_a_place_to_sign_and_dissent_follows() -> None:
    document = opened(write_docx(FORMS))
    _facts, answers, dissent = (table_texts(table) for table in document.tables)
    assert answers == [
        ["专家", "意见", "签字"],
        ["示例甲", "同意", ""],
        ["示例乙", "有异议（不同意见附后）", ""],
    ]
    assert dissent == [["示例乙", "测算依据不足，不同意推荐。"]]
    said = lines(document)
    assert said.index("全体专家签字") < said.index("附：不同意见")


def test_who_has_not_answered_is_listed_with_a_place_to_sign_only_where_the_expert_scored() -> None:
    others = (
        ("示例丙", "未答复：外出", True),
        ("示例丁", "缺席，未评分：外出", False),
        ("示例戊", "回避", False),
    )
    document = opened(
        write_docx(dataclasses.replace(FORMS, forms=(dataclasses.replace(FORM, others=others),)))
    )
    assert table_texts(document.tables[1])[3:] == [
        ["示例丙", "未答复：外出", ""],
        ["示例丁", "缺席，未评分：外出", "不签字"],
        ["示例戊", "回避", "不签字"],
    ]


def test_form_without_dissent_appends_nothing() -> None:
    agreed = dataclasses.replace(FORM, answers=FORM.answers[:1])
    document = opened(write_docx(dataclasses.replace(FORMS, forms=(agreed,))))
    assert len(document.tables) == 2
    assert "附：不同意见" not in lines(document)
