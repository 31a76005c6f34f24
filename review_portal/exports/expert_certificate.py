"""That an expert took part in a round (参评证明): counts only, no points, no dossier's name, a check code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from review_portal.domain.chinese_dates import date_text
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead
from review_portal.exports.office_docx import SHEET_BODY, SIGNATURE, TITLE, Font, Properties
from review_portal.exports.office_tables import add_facts, set_row_heights
from review_portal.exports.plain_text import clean, digest_groups

TITLE_TEXT = "参评证明"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One expert in one finished round.

    number       counts the certificates of the call
    first, last  days on which the round was opened and finished
    dossiers     how many dossiers the expert handed in a sheet on; never which, never points
    check_code   16 hex digits
    """

    call: CallHead
    number: int
    expert: str
    employer: str
    round_name: str
    role: str
    first: date
    last: date
    dossiers: int
    check_code: str


def write_docx(given: Certificate) -> bytes:
    """The certificate as .docx bytes, A4 upright; equal certificates give equal bytes."""
    document = office.new_document(Properties(TITLE_TEXT, given.call.issuer, given.last), sheet=True)
    code = digest_groups(given.check_code)
    office.add_sheet_footer(document, code)
    office.paragraph(document, given.call.title, Font(TITLE, 14), align="center", pitch=None)
    office.paragraph(document, TITLE_TEXT, Font(TITLE, 22), align="center", pitch=48)
    said = f"兹证明{clean(given.expert)}同志作为评审专家，参加了下列评审工作。"
    office.paragraph(document, said, SIGNATURE, indent=2, pitch=32)
    facts = (
        ("编号", f"第{given.number}号"),
        ("专家", clean(given.expert)),
        ("工作单位", clean(given.employer) or "【待填：工作单位】"),
        ("评审批次", clean(given.call.title)),
        ("文号", clean(given.call.document_number)),
        ("评审轮次", clean(given.round_name)),
        ("担任", given.role),
        ("本轮起止", f"{date_text(given.first)}至{date_text(given.last)}"),
        ("实际参加天数", "【待填：实际参加天数】"),
        ("评审申报单位数", f"{given.dossiers}家"),
        ("校验码", code),
    )
    set_row_heights(add_facts(document, facts, label_width=38, value_width=132), 10)
    note = "本证明不载明评分和评审意见。真伪可在评审门户“核对校验码”页（/public/verify）输入校验码核对。"
    office.paragraph(document, note, SHEET_BODY, pitch=30)
    issuer = clean(given.call.issuer) or "【待填：出具单位】"
    office.paragraph(document, f"出具单位（盖章）：{issuer}", SIGNATURE, align="right", pitch=48)
    office.paragraph(document, "【待填：出具日期】", SIGNATURE, align="right", pitch=32)
    return office.save(document)
