"""Letters on an objection and the register's sheet: what they print, what is missing, equal bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

from docx import Document

from review_portal.exports import objection_record, objection_reply
from review_portal.exports.objection_record import ObjectionRecord, RecordRow
from review_portal.exports.objection_reply import ObjectionLetter

REPLY = ObjectionLetter(
    kind="reply",
    call_title="示例批次",
    issuer="示例机关",
    number="YY-001",
    received_on=date(2023, 3, 17),
    about="2023-005 示例公司",
    text="经核对合同原件，反映的情况不属实",
    outcome="维持",
    due_on=None,
    late=False,
    document_number="示例函〔2023〕3号",
    contact_office="示例处",
    contact_phone="023-0000",
    dated=date(2023, 3, 20),
)


def text_of(data: bytes) -> str:
    return "\n".join(item.text for item in Document(io.BytesIO(data)).paragraphs)


def test_reply_says_outcome_and_reason_to_the_number_and_is_the_same_file_each_time():
    data = objection_reply.write_docx(REPLY)
    told = text_of(data)
    assert "异议人（登记编号YY-001）：" in told
    assert "处理结论为：维持。" in told and "反映的情况不属实。" in told and "2023年3月20日" in told
    assert (REPLY.missing(), data) == ((), objection_reply.write_docx(REPLY))


def test_missing_fact_is_named_and_printed_to_be_filled():
    lacking = replace(REPLY, contact_phone="", document_number="")
    assert lacking.missing() == ("发文字号", "联系电话")
    told = text_of(objection_reply.write_docx(lacking))
    assert "【待填：联系电话】" in told and "【待填：发文字号】" in told


def test_late_one_is_told_that_it_is_late():
    told = text_of(objection_reply.write_docx(replace(REPLY, kind="inform", late=True)))
    assert "已逾期" in told and "不予受理" in told


def test_register_prints_every_entry_with_its_digest_in_the_foot():
    row = RecordRow("YY-001", "2023年3月17日", "实名", "程序", "反映（示例）", "受理", ("一步",), "待答复")
    record = ObjectionRecord("示例批次", date(2023, 3, 20), (row,))
    data = objection_record.write_docx(record)
    document = Document(io.BytesIO(data))
    assert document.tables[0].cell(1, 0).text == "YY-001"
    foot = "".join(item.text for item in document.sections[0].footer.paragraphs)
    assert record.digest in foot and data == objection_record.write_docx(record)
    assert record.digest != replace(record, rows=(replace(row, state="已办结"),)).digest
