"""Forms laid out from scratch: other tables, no tables, everything in one; the values stay the same."""

import copy
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from review_portal.intake.application_form import read_application_form
from review_portal.intake.dossier_reading import form_values
from tests import form_documents as forms

APP02 = forms.SAMPLES[1]


def values(data: bytes) -> dict[str, Any]:
    return form_values(read_application_form(data, forms.green_call()), forms.green_call())


def unit_rows(opened: Document) -> dict[str, str]:
    return {forms.compact(row[0]): row[1] for row in forms.grid(opened.tables[0])}


def form_without_tables(opened: Document) -> None:
    """The unit table typed as paragraphs; only the indicators keep a table."""
    cells = unit_rows(opened)
    anchor = opened.tables[0]._tbl
    lines = [
        f"单位名称：{cells['单位名称']}",
        "申报联系人：郑示例    手机：19900000002",
        "邮箱：zheng@example.com    传真：023-00000002",
        "法定代表人：王示例    注册资本：10000万元",
        f"单位地址：{cells['单位地址']}",
        f"统一社会信用代码：{cells['组织机构代码/三证合一码']}",
        "单位性质：国有企业",
        "是否上市公司：否",
        "整体业务收入：3.542亿元    单位人数：310人",
        f"申报单位简介：{cells['申报单位简介']}",
        f"平台名称：{cells['平台名称']}",
        f"平台任务概述：{cells['平台任务概述']}",
    ]
    for line in lines:
        anchor.addprevious(opened.add_paragraph(line)._p)
    anchor.getparent().remove(anchor)


def headings_over_long_texts(opened: Document) -> None:
    """The two long texts stand below a heading that spans the table."""
    rows = forms.grid(opened.tables[0])
    table = opened.tables[0]
    for at, row in reversed(list(enumerate(rows))):
        if row[0] not in ("申报单位简介", "平台任务概述"):
            continue
        cells = table.rows[at].cells
        below = copy.deepcopy(table.rows[at]._tr)
        table.rows[at]._tr.addnext(below)
        merged = cells[0].merge(cells[4])
        merged.text = f"{row[0]}（字数不超过规定）"
        lower = table.rows[at + 1].cells
        lower[0].merge(lower[4]).text = row[1]


def indicators_inside_the_unit_table(opened: Document) -> None:
    """The indicator table continues the unit table, after a heading of its own."""
    unit, indicators = opened.tables[0], opened.tables[1]
    heading = copy.deepcopy(unit.rows[0]._tr)
    unit._tbl.append(heading)
    unit.rows[-1].cells[0].text = "三、重点绩效指标"
    for row in list(indicators.rows):
        unit._tbl.append(row._tr)
    indicators._tbl.getparent().remove(indicators._tbl)


def indicators_nested_in_a_cell(opened: Document) -> None:
    unit, indicators = opened.tables[0], opened.tables[1]
    last = copy.deepcopy(unit.rows[-1]._tr)
    unit._tbl.append(last)
    unit.rows[-1].cells[0].text = "重点绩效指标"
    cell = unit.rows[-1].cells[1]
    cell.text = ""
    cell._tc.insert(len(cell._tc) - 1, indicators._tbl)


def commitment_in_a_table(opened: Document) -> None:
    lines = [p for p in opened.paragraphs if p.text.startswith(("联 系 人", "联系电话", "法定代表人"))]
    table = opened.add_table(rows=4, cols=2)
    for row, line in zip(table.rows, lines, strict=False):
        row.cells[0].text, row.cells[1].text = line.text.split("：", 1)
    table.rows[3].cells[0].text, table.rows[3].cells[1].text = "日期", "二〇二三年二月十日"
    lines[0]._p.addprevious(table._tbl)
    for line in [*lines, *(p for p in opened.paragraphs if p.text == "二〇二三年二月十日")]:
        line._p.getparent().remove(line._p)


def numbered_by_word(opened: Document) -> None:
    """Headings whose numbers Word makes itself: the text holds none."""
    for paragraph in opened.paragraphs:
        text = paragraph.text
        if text.startswith(("一、", "二、", "三、", "四、")) and len(text) < 14:
            paragraph.text = text[2:]
        elif text.startswith("（") and text.endswith("。") and len(text) < 20:
            paragraph.text = text[3:]


def parts_in_another_order(opened: Document) -> None:
    """Indicators after the body, the pledge before the proofs."""
    body = opened.element.body
    indicators = opened.tables[1]._tbl
    title = next(p._p for p in opened.paragraphs if p.text == "申报单位重点绩效指标填报表")
    paragraphs = {p.text: p._p for p in opened.paragraphs if p.text}
    proofs, pledge = paragraphs["申报单位相关证明材料"], paragraphs["承诺书"]
    children = list(body)
    pledge_block = children[children.index(pledge) : -1]
    for element in (title, indicators, *pledge_block):
        proofs.addprevious(element)


def body_in_a_table(opened: Document) -> None:
    """Every section is a row: heading at the left, text at the right."""
    start = next(p for p in opened.paragraphs if p.text == "一、任务介绍")
    end = next(p for p in opened.paragraphs if p.text == "申报单位相关证明材料")
    inside = list(opened.paragraphs)
    inside = inside[[p._p for p in inside].index(start._p) : [p._p for p in inside].index(end._p)]
    texts = [p.text for p in inside if p.text]
    rows: list[list[str]] = []
    for text in texts:
        heading = len(text) < 20 and text.startswith(("一", "二", "三", "四", "（"))
        if heading:
            rows.append([text, ""])
        else:
            rows[-1][1] += text
    table = opened.add_table(rows=len(rows), cols=2)
    for row, (heading_text, content) in zip(table.rows, rows, strict=True):
        row.cells[0].text, row.cells[1].text = heading_text, content
    start._p.addprevious(table._tbl)
    for paragraph in inside:
        paragraph._p.getparent().remove(paragraph._p)


def long_text_in_several_paragraphs(opened: Document) -> None:
    cell = forms.value_cell(opened.tables[0], "申报单位简介")
    first, second = cell.text.split("牵头单位成立于", 1)
    cell.text = first
    cell.add_paragraph("牵头单位成立于" + second)


def ticks_as_symbols(opened: Document) -> None:
    """Boxes inserted from the Wingdings fonts instead of typed."""
    cell = forms.value_cell(opened.tables[0], "单位性质")
    cell.text = ""
    paragraph = cell.paragraphs[0]
    for code, option in (
        ("F0FE", "国有企业"),
        ("F0A8", "民营企业"),
        ("F0A8", "外资企业"),
        ("F0A8", "事业单位"),
    ):
        run = paragraph.add_run()
        symbol = OxmlElement("w:sym")
        symbol.set(qn("w:font"), "Wingdings")
        symbol.set(qn("w:char"), code)
        run._r.append(symbol)
        paragraph.add_run(option + "  ")


def other_options_struck_out(opened: Document) -> None:
    cell = forms.value_cell(opened.tables[0], "单位性质")
    cell.text = ""
    paragraph = cell.paragraphs[0]
    for option in ("国有企业", "民营企业", "外资企业", "事业单位", "其他"):
        run = paragraph.add_run(option + " ")
        run.font.strike = option != "国有企业"


def chosen_by_form_fields(opened: Document) -> None:
    cell = forms.value_cell(opened.tables[0], "是否上市公司")
    cell.text = ""
    paragraph = cell.paragraphs[0]
    for option, state in (("否", "1"), ("是", "0")):
        run = paragraph.add_run()
        character, field_data = OxmlElement("w:fldChar"), OxmlElement("w:ffData")
        box, checked = OxmlElement("w:checkBox"), OxmlElement("w:checked")
        checked.set(qn("w:val"), state)
        box.append(checked)
        field_data.append(box)
        character.append(field_data)
        run._r.append(character)
        paragraph.add_run(option + " ")


@pytest.mark.parametrize(
    "layout",
    [
        form_without_tables,
        headings_over_long_texts,
        indicators_inside_the_unit_table,
        indicators_nested_in_a_cell,
        commitment_in_a_table,
        numbered_by_word,
        parts_in_another_order,
        body_in_a_table,
        long_text_in_several_paragraphs,
        ticks_as_symbols,
        other_options_struck_out,
        chosen_by_form_fields,
    ],
)
def test_values_do_not_depend_on_the_tables(layout: Callable[[Document], None]) -> None:
    assert values(forms.edited(layout, APP02)) == forms.expected(APP02)["expected"]


def test_a_heading_style_template_of_another_word_is_no_obstacle() -> None:
    """The text of a form pasted into a new document, tables typed anew."""
    old = forms.document(APP02)
    new = docx.Document()
    for element in old.element.body:
        if element.tag == qn("w:p"):
            new.add_paragraph("".join(text.text or "" for text in element.iter(qn("w:t"))))
        elif element.tag == qn("w:tbl"):
            new.element.body.append(copy.deepcopy(element))
    assert values(forms.saved(new)) == forms.expected(APP02)["expected"]
