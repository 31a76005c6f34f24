"""The publicity draft: wording, form after GB/T 9704-2012, and what keeps it from being released."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from datetime import date
from typing import Any

import pytest
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml.ns import qn

from review_portal.exports import publicity_notice
from review_portal.exports.publicity_notice import ListedUnit, Notice
from scoring_rubrics import NoticeTemplate
from tests.exports.docx_reading import chinese_font, heads_repeat, lines, opened, table_texts
from tests.exports.sample_notice import notice

OPENING = (
    "根据《重庆市经济和信息化委员会关于申报市级重点绿色制造综合服务平台的通知》（渝经信节能〔2023〕1号），"
    "经自愿申报、区县推荐、专家评审、现场答辩、会议审定等程序，按照遴选3个左右的要求，"
    "拟将重庆示例智慧能源研究院有限公司等3家单位（联合体）列为2023年市级重点绿色制造综合服务平台，现予公示，名单见附件。"
)


def blank() -> Notice:
    """A notice of which nothing is known but the list."""
    empty: dict[str, object] = {
        field.name: None
        for field in dataclasses.fields(Notice)
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
        and field.name not in {"steps", "units"}
    }
    return Notice(steps=(), units=notice().units, **empty)  # type: ignore[arg-type]


def test_text_says_basis_period_objections_contacts_and_list() -> None:
    assert publicity_notice.text(notice()).split("\n") == [
        "关于2023年市级重点绿色制造综合服务平台拟入选名单的公示",
        "",
        "　　" + OPENING,
        "　　公示时间为2023年3月15日至3月21日（共5个工作日）。",
        "　　公示期内如有异议，请以书面形式反映。单位反映情况须加盖公章，"
        "个人反映情况须签署真实姓名并留联系方式，说明事实依据。匿名、逾期的异议不予受理；有具体线索的转监督核查。",
        "　　联系处室：节能与综合利用处（示例）",
        "　　联系电话：023-00000000（示例）",
        "　　监督电话：023-00000002（示例）",
        "　　地　　址：重庆市示例区示例路1号",
        "",
        "　　附件：2023年市级重点绿色制造综合服务平台拟入选名单",
        "",
        "重庆市经济和信息化委员会（示例）",
        "2023年3月15日",
        "",
        "附件",
        "",
        "2023年市级重点绿色制造综合服务平台拟入选名单（排名不分先后）",
        "",
        "序号｜牵头单位｜联合体成员｜推荐单位",
        "1｜重庆示例智慧能源研究院有限公司｜重庆示例电力设计有限公司、重庆示例绿色融资有限公司｜九龙坡区",
        "2｜重庆示例绿能科技有限公司｜—｜两江新区",
        "3｜重庆示例汽车能效技术有限公司｜—｜两江新区",
        "",
        "名单校验码 " + " ".join(["cccc"] * 16),
        "",
    ]


def _joined(texts: list[str]) -> list[str]:
    """The lines with both titles in one line each."""
    at = texts.index("附件") + 1
    return ["".join(texts[:2]), *texts[2:at], "".join(texts[at : at + 2]), *texts[at + 2 :]]


def test_word_file_says_the_same_as_the_text() -> None:
    document = opened(publicity_notice.write_docx(notice()))
    written = [line.strip("　") for line in publicity_notice.text(notice()).split("\n") if line]
    body = [line for line in written if "｜" not in line]
    assert _joined(lines(document)) == [
        *body[: body.index("附件")],
        "附件",
        "2023年市级重点绿色制造综合服务平台拟入选名单",
        "（排名不分先后）",
        body[-1],
    ]
    assert ["｜".join(row) for row in table_texts(document.tables[0])] == [
        line for line in written if "｜" in line
    ]


def test_page_has_the_margins_and_the_grid_of_the_standard() -> None:
    document = opened(publicity_notice.write_docx(notice()))
    section = document.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.twips) for margin in margins] == [2098, 1984, 1588, 1474]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    assert 22 * 579 <= 16838 - 2098 - 1984  # 22 lines fit between the margins, in twentieths of a point
    tighter = document.styles["Normal"].element.rPr.find(qn("w:spacing")).get(qn("w:val"))
    width = (section.page_width - section.left_margin - section.right_margin) / 12700  # EMU to points
    assert 28 <= width / (16 + int(tighter) / 20) < 28.5


def test_title_body_and_attachment_use_the_fonts_of_the_standard() -> None:
    document = opened(publicity_notice.write_docx(notice()))
    shown = [part for part in document.paragraphs if part.text.strip()]
    title, opening = shown[0], shown[2]
    attachment = next(part for part in shown if part.text == "附件")
    fonts = [(chinese_font(part.runs[0]), part.runs[0].font.size.pt) for part in (title, opening, attachment)]
    assert fonts == [("方正小标宋简体", 22), ("仿宋_GB2312", 16), ("黑体", 16)]
    assert (opening.paragraph_format.line_spacing.pt, opening.paragraph_format.first_line_indent.pt) == (
        28.95,
        32,
    )
    assert attachment.paragraph_format.page_break_before is True


def test_date_stands_four_characters_from_the_right() -> None:
    document = opened(publicity_notice.write_docx(notice()))
    day = next(part for part in document.paragraphs if part.text == "2023年3月15日")
    assert (day.alignment, day.paragraph_format.right_indent.pt) == (2, 64)


def test_signature_stays_with_the_text_and_no_line_leaves_its_page_for_company() -> None:
    document = opened(publicity_notice.write_docx(notice()))
    texts = [part.text for part in document.paragraphs]
    start = next(at for at, text in enumerate(texts) if text.startswith("附件："))
    kept = [part.paragraph_format.keep_with_next for part in document.paragraphs[start : start + 5]]
    assert kept == [True, True, True, True, None]  # down to the issuer; the date is the last line
    assert document.styles["Normal"].paragraph_format.widow_control is False


def test_long_title_of_the_list_is_parted_behind_the_project() -> None:
    texts = lines(opened(publicity_notice.write_docx(notice())))
    at = texts.index("附件")
    assert [text for text in texts[at + 1 :] if text][:2] == [notice().project_name, "拟入选名单"]


def test_page_numbers_have_dashes_odd_right_even_left() -> None:
    document = opened(publicity_notice.write_docx(notice()))
    section = document.sections[0]
    feet = [foot.paragraphs[0] for foot in (section.footer, section.even_page_footer)]
    assert [(foot.text, foot.alignment) for foot in feet] == [("— 1 —", 2), ("— 1 —", 0)]
    assert [chinese_font(foot.runs[0]) for foot in feet] == ["宋体", "宋体"]
    assert {run.font.name for foot in feet for run in foot.runs} == {"宋体"}
    assert [code.text for code in feet[0]._p.iter(qn("w:instrText"))] == [" PAGE "]
    assert document.settings.odd_and_even_pages_header_footer is True


def test_head_of_the_list_repeats_on_every_page() -> None:
    assert heads_repeat(opened(publicity_notice.write_docx(notice())).tables[0]) is True


def test_complete_notice_misses_nothing() -> None:
    assert notice().missing() == ()


@pytest.mark.parametrize("value", [None, "", "  ", "【待填：监督电话】"])
def test_missing_supervision_phone_is_named_and_highlighted(value: str | None) -> None:
    draft = dataclasses.replace(notice(), supervision_phone=value)
    assert draft.missing() == ("监督电话",)
    document = opened(publicity_notice.write_docx(draft))
    marked = [run.text for part in document.paragraphs for run in part.runs if run.font.highlight_color]
    assert marked == ["【待填：监督电话】"]
    colours = {run.font.highlight_color for part in document.paragraphs for run in part.runs}
    assert colours == {None, WD_COLOR_INDEX.YELLOW}


@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({"basis": "【待填：文件】"}, "依据文件"),
        ({"order_note": "【待填】"}, "名单次序说明"),
        ({"contact_email": "【待填：邮箱】"}, "电子邮箱"),
        ({"template": NoticeTemplate(objections="异议请送【待填：处室】。")}, "第三段（异议方式）"),
        ({"units": (ListedUnit("示例单位", ("【待填：成员】",), "示例区"),)}, "第1家联合体成员"),
    ],
)
def test_blank_typed_by_hand_is_missing_wherever_it_stands(changed: dict[str, Any], label: str) -> None:
    assert dataclasses.replace(notice(), **changed).missing() == (label,)


def test_sentence_that_loses_its_channel_or_its_kind_says_so() -> None:
    texts = {"objections": "有意见请来电。", "title_second": "拟入选名单"}
    lost = publicity_notice.lost_facts(dataclasses.replace(notice(), texts=texts))
    assert lost == {"objections": ("异议方式", "书面形式"), "title_second": ("“公示”字样",)}
    own = NoticeTemplate(objections="有意见请来信。")
    said = dataclasses.replace(notice(), template=own, texts={"objections": "有意见请来函。"})
    assert publicity_notice.lost_facts(said) == {}


def test_draft_of_which_nothing_is_known_can_be_written_and_names_every_gap() -> None:
    draft = blank()
    assert draft.missing() == (
        "组织单位",
        "项目名称",
        "通知名称",
        "文号",
        "评审程序",
        "公示起止日期",
        "公示工作日数",
        "联系处室",
        "联系电话",
        "地址",
        "监督电话",
        "发布日期",
    )
    assert lines(opened(publicity_notice.write_docx(draft)))[3] == (
        "公示时间为【待填：公示起止日期】（共【待填：公示工作日数】个工作日）。"
    )


def test_unit_without_recommender_is_missing_and_marked_in_the_list() -> None:
    draft = dataclasses.replace(notice(), units=(ListedUnit("重庆示例绿能科技有限公司", (), ""),))
    assert draft.missing() == ("第1家推荐单位",)
    assert table_texts(opened(publicity_notice.write_docx(draft)).tables[0])[1][3] == "【待填：推荐单位】"


def test_list_has_no_column_for_scores_places_or_experts() -> None:
    assert table_texts(opened(publicity_notice.write_docx(notice())).tables[0])[0] == [
        "序号",
        "牵头单位",
        "联合体成员",
        "推荐单位",
    ]
    assert {field.name for field in dataclasses.fields(ListedUnit)} == {"lead_unit", "members", "recommender"}


def test_no_qualified_unit_gives_a_notice_without_a_list() -> None:
    document = opened(publicity_notice.write_docx(dataclasses.replace(notice(), units=())))
    shown = lines(document)
    assert shown[1] == "评审结果的公示"
    assert shown[2].endswith("等程序，本批次没有符合条件的单位，现予公示。")
    assert (len(document.tables), "附件" in shown) == (0, False)


def test_period_over_new_year_names_both_years() -> None:
    draft = dataclasses.replace(notice(), first_day=date(2023, 12, 28), last_day=date(2024, 1, 4))
    assert "　　公示时间为2023年12月28日至2024年1月4日（共5个工作日）。" in publicity_notice.text(
        draft
    ).split("\n")


def test_basis_document_stands_before_the_call() -> None:
    draft = dataclasses.replace(notice(), basis="《示例实施方案》（渝经信节能〔2022〕28号）")
    assert (
        publicity_notice.wording(draft)
        .paragraphs[0]
        .startswith("根据《示例实施方案》（渝经信节能〔2022〕28号）、《重庆市")
    )


def test_same_notice_gives_the_same_bytes_with_fixed_dates() -> None:
    first = publicity_notice.write_docx(notice())
    assert publicity_notice.write_docx(notice()) == first
    with zipfile.ZipFile(io.BytesIO(first)) as entries:
        assert {entry.date_time for entry in entries.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = opened(first).core_properties
    assert (properties.created.date(), properties.modified.date()) == (date(2023, 3, 15), date(2023, 3, 15))
    assert properties.author == "重庆市经济和信息化委员会（示例）"


def test_characters_that_a_file_cannot_hold_are_shown_as_replaced() -> None:
    unit = ListedUnit("重庆\x00示例\x1b公司\ud800", ("成员\ufffe",), "两江\x08新区")
    draft = dataclasses.replace(notice(), units=(unit,), contact_address="示例路\x011号")
    document = opened(publicity_notice.write_docx(draft))
    assert table_texts(document.tables[0])[1] == [
        "1",
        "重庆\ufffd示例\ufffd公司\ufffd",
        "成员\ufffd",
        "两江\ufffd新区",
    ]
    assert "地　　址：示例路\ufffd1号" in lines(document)
