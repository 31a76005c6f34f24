"""The Word and Excel files that the demonstration's applicants and districts hand in.

Four applicants hand in the shared sample forms; the others fill the blank form here. All texts are data
(`data/dossiers/*.toml`), so that no code names a call.
"""

from __future__ import annotations

import copy
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import xlsxwriter
from docx.document import Document
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

DATA = Path(__file__).parent / "data"
BLANK = DATA / "forms" / "blank_application_form.docx"
_CHAPTERS = "一二三四"


def application_form(story: str) -> tuple[str, bytes]:
    """File name and bytes of the form of one unit, by its story name such as S05."""
    filled = tomllib.loads((DATA / "dossiers" / f"{story}.toml").read_text(encoding="utf-8"))
    document = docx.Document(str(BLANK))
    _fill_cover(document, filled)
    _fill_unit(document.tables[0], filled)
    _fill_indicators(document.tables[1], filled["indicators"])
    _fill_body(document, filled["body"])
    _fill_proofs(document, filled["proofs"])
    _fill_commitment(document, filled)
    return filled["file"], _saved(document)


def sample_form(name: str) -> bytes:
    """The bytes of a shared sample form."""
    return (DATA / "forms" / name).read_bytes()


def supplemented(form: bytes, totals: Mapping[str, int]) -> bytes:
    """The form with the totals that its applicant had left blank, by the indicator's name."""
    document = docx.Document(io.BytesIO(form))
    for row in document.tables[1].rows:
        if row.cells[0].text in totals:
            _write_cell(row.cells[-1], str(totals[row.cells[0].text]))
    return _saved(document)


def recommendation_table(
    title: str, recommender: str, contact: str, phone: str, entries: Sequence[tuple[str, str, str]]
) -> bytes:
    """A district's 附件1 as .xlsx: unit, contact and mobile number of each entry."""
    result = io.BytesIO()
    book = xlsxwriter.Workbook(result, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet()
    head = f"推荐单位（盖章）：{recommender}          联系人：{contact}          联系电话：{phone}"
    for row, cells in enumerate((("附件1",), (title,), (head,), ("序号", "申报单位名称", "联系人", "手机"))):
        page.write_row(row, 0, cells)
    for number, entry in enumerate(entries, start=1):
        page.write_row(3 + number, 0, (number, *entry))
    page.set_column(1, 1, 34)
    page.set_column(3, 3, 14)
    book.close()
    return result.getvalue()


def stamped_letter(lines: Sequence[str]) -> bytes:
    """A letter of an applicant as .docx."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    return _saved(document)


def _saved(document: Document) -> bytes:
    result = io.BytesIO()
    document.save(result)
    return result.getvalue()


def _write(paragraph: Paragraph, text: str) -> None:
    """Put a text in place of a paragraph's, in the type of its first run."""
    first, *others = paragraph.runs or [paragraph.add_run()]
    first.text = text
    for run in others:
        run._r.getparent().remove(run._r)


def _write_cell(cell: _Cell, text: str) -> None:
    first, *others = cell.paragraphs
    _write(first, text)
    for paragraph in others:
        paragraph._p.getparent().remove(paragraph._p)


def _cells(row: Any) -> list[_Cell]:
    """A row's cells, each merged one once."""
    found: list[_Cell] = []
    for cell in row.cells:
        if not found or cell._tc is not found[-1]._tc:
            found.append(cell)
    return found


def _between(document: Document, first: str, last: str) -> list[Paragraph]:
    """The paragraphs after the one that reads `first`, as far as the one that reads `last`."""
    texts = [paragraph.text for paragraph in document.paragraphs]
    start = texts.index(first) + 1
    return document.paragraphs[start : texts.index(last, start)]


def _fill_cover(document: Document, filled: Mapping[str, Any]) -> None:
    day: date = filled["apply_date"]
    lines = {
        "申报单位：": f"{filled['unit']}（加盖单位公章）",
        "推荐单位：": f"{filled['recommender']}（加盖单位公章）",
        "申报日期：": f"{day.year}年{day.month}月{day.day}日",
    }
    for paragraph in document.paragraphs:
        for label, value in lines.items():
            if paragraph.text.startswith(label):
                _write(paragraph, label + value)


def _fill_unit(table: Table, filled: Mapping[str, Any]) -> None:
    contact = filled["contact"]
    beside = {
        "单位名称": filled["unit"],
        "姓名": contact["name"],
        "手机": contact["mobile"],
        "邮箱": contact["email"],
        "传真": contact["fax"],
        "法定代表人": filled["legal_representative"],
        "注册资本（万元）": filled["registered_capital"],
        "单位地址": filled["address"],
        "组织机构代码/三证合一码": filled["credit_code"],
        "整体业务收入（万元）": filled["revenue"],
        "单位人数": filled["headcount"],
        "申报单位简介": filled["intro"],
        "平台任务概述": filled["overview"],
    }
    ticked = {"单位性质": filled["ownership"], "是否上市公司": "是" if filled["listed"] else "否"}
    for row in table.rows:
        cells = _cells(row)
        for label, value in pairwise(cells):
            name = "".join(label.text.split())
            if name in beside:
                _write_cell(value, beside[name])
            if name in ticked:
                _tick(value, ticked[name], filled.get("ownership_other", ""))


def _tick(cell: _Cell, choice: str, other: str) -> None:
    for paragraph in cell.paragraphs:
        text = paragraph.text.replace(f"□{choice}", f"☑{choice}")
        if choice == "其他" and "其他（请注明）" in text:
            text = text.replace("其他（请注明）：", f"☑其他（请注明）：{other}").replace("□☑", "☑")
        _write(paragraph, text)


def _fill_indicators(table: Table, indicators: Mapping[str, Any]) -> None:
    rows = table.rows
    for row, stages in zip(rows[2:7], indicators["rows"], strict=True):
        _fill_indicator(row, row.cells[0].text, stages)
    supply = rows[5].cells[0]
    _write_cell(supply, f"{supply.text}（{indicators['supply_unit']}）")
    others = indicators["others"]
    for row, other in zip(rows[7:], others, strict=False):
        _fill_indicator(row, other["name"], other["stages"])
    for row in rows[7 + len(others) :]:
        table._tbl.remove(row._tr)


def _fill_indicator(row: Any, name: str, stages: Sequence[int]) -> None:
    for cell, value in zip(row.cells, [name, *stages, sum(stages)], strict=True):
        _write_cell(cell, str(value))


def _fill_body(document: Document, texts: Mapping[str, str]) -> None:
    """Each section's text in place of the hint below its heading, or as a paragraph of its own."""
    titles = [p.text for p in document.paragraphs if p.text.startswith("一、")]
    (first,) = titles
    start = [p.text for p in document.paragraphs].index(first)
    end = next(at for at, p in enumerate(document.paragraphs) if p.text.startswith("注："))
    note, block = document.paragraphs[end], document.paragraphs[start:end]
    headings = dict(_headings(block))
    for at, paragraph in enumerate(block):
        if at not in headings:
            paragraph._p.getparent().remove(paragraph._p)
        elif headings[at] in texts:
            below = Paragraph(copy.deepcopy(note._p), paragraph._parent)
            _write(below, texts[headings[at]])
            paragraph._p.addnext(below._p)
    note._p.getparent().remove(note._p)


def _headings(block: Sequence[Paragraph]) -> Iterator[tuple[int, str]]:
    """Place and key of each heading: 一 for a chapter, 二三 for the third section of the second."""
    chapter = ""
    for at, paragraph in enumerate(block):
        text = paragraph.text
        if text[:1] in _CHAPTERS and text[1:2] == "、":
            chapter = text[0]
            yield at, chapter
        elif text.startswith("（") and text[1:2] in _CHAPTERS and text[2:3] == "）":
            yield at, chapter + text[1]


def _fill_proofs(document: Document, proofs: Mapping[str, Sequence[str]]) -> None:
    heads = _between(document, "申报单位相关证明材料", "承诺书")
    for head in heads:
        number = head.text[:1]
        for place, title in reversed(list(enumerate(proofs.get(number, ()), start=1))):
            line = Paragraph(copy.deepcopy(head._p), head._parent)
            _write(line, f"{number}-{place} {title}")
            head._p.addnext(line._p)


def _fill_commitment(document: Document, filled: Mapping[str, Any]) -> None:
    lines = {
        "联 系 人：": f"联 系 人：{filled['contact']['name']}",
        "联系电话：": f"联系电话：{filled['contact']['mobile']}",
        "法定代表人：（签字）": f"法定代表人：{filled['legal_representative']}（签字）",
    }
    for paragraph in document.paragraphs:
        if paragraph.text in lines:
            _write(paragraph, lines[paragraph.text])
    _write(document.paragraphs[-1], filled["signed"])
