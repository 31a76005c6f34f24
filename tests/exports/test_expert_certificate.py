"""The certificate that an expert took part."""

from __future__ import annotations

import dataclasses
from datetime import date

from review_portal.exports.expert_certificate import Certificate, write_docx
from tests.exports.docx_reading import lines, opened, table_texts
from tests.exports.sample_report import CALL

GIVEN = Certificate(
    CALL,
    12,
    "示例甲",
    "重庆示例大学",
    "书面评审",
    "专家组组长",
    date(2023, 3, 1),
    date(2023, 3, 3),
    7,
    "0123456789abcdef",
)


def test_certificate_states_who_took_part_where_and_how_many_dossiers() -> None:
    document = opened(write_docx(GIVEN))
    facts = dict(table_texts(document.tables[0]))
    assert facts == {
        "编号": "第12号",
        "专家": "示例甲",
        "工作单位": "重庆示例大学",
        "评审批次": CALL.title,
        "文号": CALL.document_number,
        "评审轮次": "书面评审",
        "担任": "专家组组长",
        "本轮起止": "2023年3月1日至2023年3月3日",
        "实际参加天数": "【待填：实际参加天数】",
        "评审申报单位数": "7家",
        "校验码": "0123 4567 89ab cdef",
    }
    assert document.sections[0].footer.paragraphs[0].text.startswith("校验码 0123 4567 89ab cdef")
    assert lines(document)[-2:] == [f"出具单位（盖章）：{CALL.issuer}", "【待填：出具日期】"]


def test_unknown_employer_and_issuer_are_left_to_fill() -> None:
    blank = dataclasses.replace(GIVEN, employer="", call=dataclasses.replace(CALL, issuer=""))
    document = opened(write_docx(blank))
    assert dict(table_texts(document.tables[0]))["工作单位"] == "【待填：工作单位】"
    assert lines(document)[-2] == "出具单位（盖章）：【待填：出具单位】"


def test_same_certificate_gives_the_same_bytes() -> None:
    assert write_docx(GIVEN) == write_docx(GIVEN)
