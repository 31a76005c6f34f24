"""PDF copies of Word papers: read again with pypdfium2; nothing is lost, nothing is cut, equal bytes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import docx
import pypdfium2
import pytest

from review_portal.domain.errors import Conflict
from review_portal.exports import defense_minutes, opinion_form, pdf, sign_in_sheet, typst_source

A4 = (595.3, 841.9)
DAY = date(2023, 9, 1)


def sign_in() -> bytes:
    units = tuple(
        sign_in_sheet.SignInUnit(place, f"09:{place:02}", f"示例市第{place}示范联合体数字科技研究院有限公司")
        for place in range(1, 13)
    )
    given = sign_in_sheet.SignInSheet("示例批次", "现场答辩", "示例会议室", units, 3, 13, DAY)
    return sign_in_sheet.write_docx(given)


def minutes() -> bytes:
    return defense_minutes.write_docx(
        defense_minutes.Minutes(
            "示例批次",
            "现场答辩",
            "示例单位",
            (),
            {"申报单位": "示例单位", "结论": r'#同意 \ [x] "a" $1_2* 【待填：结论】'},
            (("组长", "问题“甲”？", "回答要点 ABC 123"),),
            "第1版",
            ("改了什么",),
            DAY,
        )
    )


def opinions() -> bytes:
    forms = tuple(
        opinion_form.OpinionForm(
            f"A{number:02}",
            "示例单位",
            (("主要优点", "很好。" * 60), ("建议", "第一行\n第二行")),
            tuple((f"Z{expert}", "同意", "") for expert in range(1, 14)),
            "",
            "第1版",
            "abcd 1234",
        )
        for number in range(3)
    )
    return opinion_form.write_docx(opinion_form.OpinionForms("示例批次", "书面评审", forms, "code", DAY))


PAPERS = {"sign-in": sign_in, "minutes": minutes, "opinions": opinions}
WIDE = {"sign-in"}


def pages(data: bytes) -> list[tuple[str, tuple[float, float]]]:
    """Text and size of every page."""
    with pypdfium2.PdfDocument(data) as document:
        return [(page.get_textpage().get_text_range(), page.get_size()) for page in document]


def characters(text: str) -> str:
    return re.sub(r"\s", "", text)


def words_of(data: bytes) -> list[str]:
    """What stands in the body's paragraphs and cells."""
    document = docx.Document(io.BytesIO(data))
    found = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        found += [
            line.text for row in table._tbl.tr_lst for cell in row.tc_lst for line in _lines(cell, document)
        ]
    return [characters(text) for text in found if characters(text)]


def _lines(cell: object, document: object) -> list[docx.text.paragraph.Paragraph]:
    return [docx.text.paragraph.Paragraph(part, document) for part in cell.p_lst]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", PAPERS)
def test_pdf_of_a_paper_holds_all_its_words_on_a4(name: str) -> None:
    paper = PAPERS[name]()
    made = pdf.from_docx(paper)
    assert made == pdf.from_docx(paper)
    read = pages(made)
    whole = characters("".join(text for text, _size in read))
    assert [words for words in words_of(paper) if words not in whole] == []
    assert {tuple(round(side) for side in size) for _text, size in read} == {
        tuple(round(side) for side in (A4[::-1] if name in WIDE else A4))
    }
    last = characters(read[-1][0])
    assert f"第{len(read)}页共{len(read)}页" in last


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_pdf_has_as_many_pages_as_libreoffice_sets(tmp_path: Path) -> None:
    for name, make in PAPERS.items():
        (tmp_path / f"{name}.docx").write_bytes(make())
    profile = f"-env:UserInstallation=file://{tmp_path}/office"
    files = sorted(map(str, tmp_path.glob("*.docx")))
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    for name, make in PAPERS.items():
        theirs = len(pages((tmp_path / f"{name}.pdf").read_bytes()))
        assert abs(len(pages(pdf.from_docx(make()))) - theirs) <= 1, name


def test_pdf_repeats_a_tables_head_on_every_page() -> None:
    heads = ["身份证核验" in characters(text) for text, _size in pages(pdf.from_docx(sign_in()))]
    assert len(heads) > 2
    assert all(heads)


def test_pdf_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "typst", None)
    with pytest.raises(Conflict) as refused:
        pdf.from_docx(minutes())
    assert "requirements-pdf.txt" in refused.value.message.msgid


def test_pdf_without_a_chinese_font_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_chinese", tuple)
    with pytest.raises(Conflict) as refused:
        pdf.from_docx(minutes())
    assert "中文字体" in refused.value.message.msgid


def test_typst_string_keeps_what_would_be_markup() -> None:
    assert typst_source.quoted('a"b\\c#d\te') == '"a\\"b\\\\c#d\\te"'


def test_sheets_of_the_defense_carry_the_digest_of_their_content_on_every_page() -> None:
    for make in (sign_in, minutes):
        foot = docx.Document(io.BytesIO(make())).sections[0].footer.paragraphs[0].text
        assert re.search(r"现场答辩　校验码 ([0-9a-f]{4} ){15}[0-9a-f]{4}", foot)
