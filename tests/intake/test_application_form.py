"""The four published forms are read exactly, and so is the same content in other layouts."""

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from review_portal.domain.errors import Invalid
from review_portal.domain.records import ApplicationForm
from review_portal.intake.application_form import read_application_form
from review_portal.intake.dossier_reading import form_values
from tests import form_documents as forms

APP01 = forms.SAMPLES[0]


def read(data: bytes) -> ApplicationForm:
    return read_application_form(data, forms.green_call())


def values(data: bytes) -> dict[str, Any]:
    return form_values(read(data), forms.green_call())


@pytest.mark.parametrize("name", forms.SAMPLES)
def test_values_of_a_published_form_are_exact(name: str) -> None:
    assert values(forms.data(name)) == forms.expected(name)["expected"]


@pytest.mark.parametrize("name", forms.SAMPLES)
def test_record_of_a_form_survives_json(name: str) -> None:
    form = read(forms.data(name))
    assert ApplicationForm.from_json(json.loads(json.dumps(form.to_json()))) == form


def test_every_value_names_its_place() -> None:
    sources = read(forms.data(APP01)).sources
    assert sources["unit.legal_representative"].place == "申报表 第5行 法定代表人"
    assert sources["cover.applicant"].place == "封面 申报单位"
    assert sources["kpi.4"].place == "指标表 第6行"
    assert sources["body.三一"].place == "正文 （一）2025年预期目标。"
    assert sources["goals"].confidence == "recognised"


def test_blank_form_gives_nothing_and_invents_nothing() -> None:
    form = read(forms.data("blank_application_form"))
    unit = form.unit
    assert (unit.name, unit.registered_capital_wan, unit.revenue_last_fy_wan, unit.headcount) == (None,) * 4
    assert (unit.ownership_marks, unit.listed_marks, unit.intro, form.platform.overview) == ((), (), "", "")
    assert [row.raw_stages for row in form.kpi] == [("", "", "")] * 5
    assert {section.text for section in form.body} == {""}
    assert form.proofs == ((), (), ())
    assert (form.goals, form.consortium, form.commitment.date_raw) == ((), (), None)
    assert form.hints_left == forms.green_call().form.hints


def labels_spaced(opened: Document) -> None:
    for label in ("单位名称", "姓名", "手机", "法定代表人", "单位地址", "单位性质", "单位人数", "平台名称"):
        forms.cell_of(opened.tables[0], label).text = "\u3000".join(label) + "："


def labels_in_other_words(opened: Document) -> None:
    for label, other in {
        "单位名称": "单位全称*",
        "手机": "联系电话（手机）",
        "邮箱": "电子邮箱",
        "组织机构代码/三证合一码": "统一社会信用代码（三证合一码）",
        "单位人数": "员工总数（人）",
        "是否上市公司": "是否为上市公司",
    }.items():
        forms.cell_of(opened.tables[0], label).text = other


def rows_reversed(opened: Document) -> None:
    table = opened.tables[0]
    # The two rows of the contact person are merged at the left and stay together.
    order = [0, *range(13, 3, -1), 2, 3, 1]
    forms.reorder_rows(table, order)


def indicator_rows_reversed(opened: Document) -> None:
    forms.reorder_rows(opened.tables[1], [0, 1, 6, 5, 4, 3, 2, 7, 8])


def values_in_the_labels_cell(opened: Document) -> None:
    rows = [
        ["一、单位情况", ""],
        ["单位名称：重庆示例绿能科技有限公司", ""],
        ["申报联系人：周示例  手机：19900000001", "邮箱：zhou@example.com；传真：023-00000001"],
        ["法定代表人：吴示例", "注册资本（万元）：5000"],
        ["单位地址：重庆市两江新区示例大道1号", "三证合一码：91500000MAEXAMP14Y"],
        ["单位性质：□国有企业 ☑民营企业 □外资企业 □事业单位 □其他", "是否上市公司：☑否 □是"],
        ["整体业务收入（万元）：12860.5", "单位人数：126"],
    ]
    long_texts = [
        row for row in forms.grid(opened.tables[0]) if row[0] in ("申报单位简介", "平台名称", "平台任务概述")
    ]
    rows += [[f"{row[0]}：{row[1]}", ""] for row in long_texts]
    forms.put_table(opened, opened.tables[0], rows)


def values_below_their_labels(opened: Document) -> None:
    cells = {row[0]: row[1] for row in forms.grid(opened.tables[0])}
    rows = [
        ["单位名称", "法定代表人", "注册资本（万元）", "单位人数"],
        [cells["单位名称"], "吴示例", "5000", "126"],
        ["姓名", "手机", "邮箱", "传真"],
        ["周示例", "19900000001", "zhou@example.com", "023-00000001"],
        ["单位地址", "组织机构代码/三证合一码", "单位性质", "是否上市公司"],
        [cells["单位地址"], "91500000MAEXAMP14Y", cells["单位性质"], cells["是否上市公司"]],
        ["整体业务收入（万元）", "申报单位简介", "平台名称", "平台任务概述"],
        ["12860.5", cells["申报单位简介"], cells["平台名称"], cells["平台任务概述"]],
    ]
    forms.put_table(opened, opened.tables[0], rows)


def code_in_single_cells(opened: Document) -> None:
    table = opened.tables[0]
    rows = [[*row, *[""] * 14] for row in forms.grid(table)]
    for row in rows:
        if row[0].startswith("组织机构代码"):
            row[1:] = list("91500000MAEXAMP14Y")
        elif row[0] in (
            "单位名称",
            "单位地址",
            "单位性质",
            "是否上市公司",
            "申报单位简介",
            "平台名称",
            "平台任务概述",
        ):
            row[2:] = [""] * 17
        elif row[0] in ("法定代表人", "整体业务收入\n（万元）"):
            row[2] = ""
        elif row[0].startswith(("一、", "二、")):
            row[1:] = [""] * 18
    forms.put_table(opened, table, rows)


def full_width_digits(opened: Document) -> None:
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    for table in opened.tables:
        for row in table.rows:
            for cell in row.cells:
                if cell.text.replace(".", "").isdigit():
                    cell.text = cell.text.translate(wide)


def extra_rows(opened: Document) -> None:
    rows = [[row[0], *row[1:]] for row in forms.grid(opened.tables[0])]
    for row in rows:
        if row[1] == row[4]:
            row[2:] = ["", "", ""]
        elif row[1] == row[2]:
            row[2] = ""
        if row[0].startswith(("一、", "二、")):
            row[1:] = [""] * 4
    rows.insert(2, ["成立日期", "2014年6月", "", "所属行业", "节能服务"])
    rows.insert(5, ["法人证书", "见附件", "", "员工构成", "技术88人"])
    forms.put_table(opened, opened.tables[0], rows)


def unit_table_in_two(opened: Document) -> None:
    table = opened.tables[0]
    second = copy.deepcopy(table._tbl)
    gap = copy.deepcopy(opened.paragraphs[1]._p)
    table._tbl.addnext(second)
    table._tbl.addnext(gap)
    for tr in list(table._tbl.tr_lst)[7:]:
        table._tbl.remove(tr)
    for tr in list(second.tr_lst)[:7]:
        second.remove(tr)


def whole_form_in_a_layout_table(opened: Document) -> None:
    forms.wrap_in_table(opened)


def cover_as_a_table(opened: Document) -> None:
    cover = [p for p in opened.paragraphs if p.text.startswith(("申报单位：", "推荐单位：", "申报日期："))]
    table = opened.add_table(rows=3, cols=2)
    for row, paragraph in zip(table.rows, cover, strict=True):
        row.cells[0].text, row.cells[1].text = paragraph.text.split("：", 1)
    cover[0]._p.addprevious(table._tbl)
    for paragraph in cover:
        paragraph._p.getparent().remove(paragraph._p)


def cover_with_spaces(opened: Document) -> None:
    forms.replace_text(opened, "申报单位：重庆", "申 报 单 位 ： 重庆")
    forms.replace_text(opened, "申报日期：2023年2月8日", "申 报 日 期：２０２３ 年 ２ 月 ８ 日")


def cover_in_a_text_box(opened: Document) -> None:
    for paragraph in opened.paragraphs[:9]:
        if not paragraph.text.startswith("推荐单位"):
            continue
        run = OxmlElement("w:r")
        holder = OxmlElement("w:pict")
        box = OxmlElement("w:txbxContent")
        box.append(copy.deepcopy(paragraph._p))
        holder.append(box)
        run.append(holder)
        opened.paragraphs[0]._p.append(run)
        paragraph._p.getparent().remove(paragraph._p)


def tracked_changes(opened: Document) -> None:
    paragraph = forms.value_cell(opened.tables[0], "法定代表人").paragraphs[0]
    inserted, deleted = OxmlElement("w:ins"), OxmlElement("w:del")
    inserted.append(paragraph.runs[0]._r)
    gone = OxmlElement("w:r")
    text = OxmlElement("w:delText")
    text.text = "旧示例"
    gone.append(text)
    deleted.append(gone)
    paragraph._p.append(deleted)
    paragraph._p.append(inserted)


def value_in_a_content_control(opened: Document) -> None:
    paragraph = forms.value_cell(opened.tables[0], "单位地址").paragraphs[0]
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    content.append(paragraph.runs[0]._r)
    control.append(content)
    paragraph._p.append(control)


def headings_bare(opened: Document) -> None:
    for old, new in {
        "一、任务介绍": "任务介绍",
        "（一）现有基础。": "(一) 现有基础",
        "（二）相关进展。": "2.2 相关进展：",
        "（一）2025年预期目标。": "（一）2025 年预期目标",
        "（四）潜在问题及应对举措。": "（四）潜在问题与应对举措",
        "四、其他相关事项说明": "四、其他事项说明",
    }.items():
        forms.replace_text(opened, old, new)


def headings_on_the_line_of_their_text(opened: Document) -> None:
    for heading, following in pairwise(opened.paragraphs):
        if heading.text.startswith("（") and heading.text.endswith("。") and len(heading.text) < 20:
            heading.text += following.text
            following._p.getparent().remove(following._p)


def table_of_contents(opened: Document) -> None:
    first = next(p for p in opened.paragraphs if p.text == "市级绿色制造综合服务平台申报表")
    for line in ("目录", "一、任务介绍\t3", "二、申报基础……4", "（一）现有基础..........4", "承诺书\t9"):
        first.insert_paragraph_before(line)


def proofs_numbered_otherwise(opened: Document) -> None:
    forms.replace_text(opened, "1-1 营业执照", "（1）营业执照")
    forms.replace_text(opened, "2-1 办公场地", "1.办公场地")
    forms.replace_text(opened, "3.申报单位相关荣誉证明材料。", "三、申报单位相关荣誉证明材料：")
    forms.replace_text(opened, "申报单位相关证明材料", "证明材料")


@pytest.mark.parametrize(
    "layout",
    [
        labels_spaced,
        labels_in_other_words,
        rows_reversed,
        values_in_the_labels_cell,
        values_below_their_labels,
        code_in_single_cells,
        extra_rows,
        unit_table_in_two,
        whole_form_in_a_layout_table,
        cover_as_a_table,
        cover_with_spaces,
        cover_in_a_text_box,
        tracked_changes,
        value_in_a_content_control,
        headings_bare,
        headings_on_the_line_of_their_text,
        table_of_contents,
        proofs_numbered_otherwise,
    ],
)
def test_values_do_not_depend_on_the_layout(layout: Callable[[Document], None]) -> None:
    assert values(forms.edited(layout)) == forms.expected(APP01)["expected"]


def test_rows_of_indicators_come_in_the_order_of_the_form() -> None:
    found = values(forms.edited(indicator_rows_reversed))["kpi"]
    printed = forms.expected(APP01)["expected"]["kpi"]
    assert found == [*reversed(printed[:5]), *printed[5:]]


def test_full_width_digits_are_the_same_numbers() -> None:
    form = read(forms.edited(full_width_digits))
    assert (form.unit.registered_capital_wan, form.unit.headcount) == (Decimal(5000), 126)
    assert form.unit.revenue_last_fy_wan == Decimal("12860.5")
    assert form.kpi[5].raw_total == "４３０００"
    assert [row.total for row in form.kpi] == [160, 220, 70, 30, 22, 43000, 27000]


def test_a_word_file_that_is_no_form_is_refused_with_what_to_do() -> None:
    opened = forms.document("blank_application_form")
    for element in list(opened.element.body):
        if element.tag != qn("w:sectPr"):
            opened.element.body.remove(element)
    opened.add_paragraph("会议通知")
    with pytest.raises(Invalid) as refusal:
        read(forms.saved(opened))
    assert str(refusal.value) == (
        "未找到申报表、指标表和正文，文件可能不是申报书。请核对后上传按附件格式填写的申报书（.docx）。"
    )


@pytest.mark.parametrize("name", ["annex1_liangjiang.docx", "annex1_blank.docx"])
def test_a_recommendation_table_is_told_apart_from_a_form(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read((forms.ROOT / "tests" / "data" / "recommendations" / name).read_bytes())
    assert str(refusal.value) == ("这是推荐汇总表（附件1），不是申报书（附件2）。请在“推荐汇总表”页面登记。")


@pytest.mark.parametrize(
    "lines",
    [
        ("单位名称：重庆示例公司", "联系人：示例甲", "手机：19900000001", "邮箱：a@example.com"),
        ("单位名称：重庆示例公司", "地址：示例路1号", "法定代表人：示例甲", "注册资本：100万元"),
        ("单位名称：重庆示例公司", "（三）组织保障机制", "由示例部门牵头。"),
    ],
    ids=["business card", "contract", "plan with one heading"],
)
def test_a_paper_that_shares_a_mark_with_the_form_is_no_form(lines: tuple[str, ...]) -> None:
    opened = docx.Document()
    for line in lines:
        opened.add_paragraph(line)
    with pytest.raises(Invalid, match="文件可能不是申报书"):
        read(forms.saved(opened))


@pytest.mark.parametrize("broken", [b"", b"not a document", b"PK\x03\x04 cut off"])
def test_a_file_that_cannot_be_opened_is_refused(broken: bytes) -> None:
    with pytest.raises(Invalid):
        read(broken)


def test_second_row_of_a_named_indicator_is_a_free_row() -> None:
    def twice(opened: Document) -> None:
        opened.tables[1]._tbl.append(copy.deepcopy(opened.tables[1].rows[2]._tr))

    assert [row.index for row in read(forms.edited(twice)).kpi] == [1, 2, 3, 4, 5, None, None, None]


def test_a_table_of_many_rows_is_read_whole() -> None:
    def longer(opened: Document) -> None:
        for number in range(400):
            row = opened.tables[1].add_row()
            for cell, text in zip(row.cells, (f"自选指标{number}号", "1", "2", "3", "6"), strict=True):
                cell.text = text

    assert len(read(forms.edited(longer)).kpi) == 407
