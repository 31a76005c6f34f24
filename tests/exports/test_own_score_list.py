"""The list of one expert's own scores for one signature, read back as a reader sees it."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from review_portal.exports import own_scores
from review_portal.exports.own_scores import ListRow, OwnScoreList
from tests.exports.docx_reading import heads_repeat, lines, opened, table_texts
from tests.exports.sample_report import CALL
from tests.exports.test_expert_sheet import sheet


def own_list() -> OwnScoreList:
    """One sheet in, one missing, one recused."""
    filled = sheet()
    return OwnScoreList(
        call=CALL,
        round_name="专家书面评审",
        expert_code="Z1",
        maximum=Decimal(32),
        rows=(
            ListRow("S02", "重庆示例能源服务股份有限公司", "未提交"),
            ListRow("S07", filled.unit.lead_unit, "", filled),
            ListRow("S09", "", "回避"),
        ),
        opened_on=date(2023, 3, 1),
        opening_code="cd34" * 16,
    )


def test_list_gives_totals_receipts_and_why_a_total_is_missing() -> None:
    table = opened(own_scores.write(own_list())).tables[1]
    assert table_texts(table) == [
        ["序号", "编号", "申报单位", "合计得分", "提交时间", "回执校验码"],
        ["1", "S02", "重庆示例能源服务股份有限公司", "未提交", "—", "—"],
        ["2", "S07", sheet().unit.lead_unit, "29.25", "2023年3月2日10:32", " ".join(["0a1b"] * 16)],
        ["3", "S09", "—", "回避", "—", "—"],
    ]
    assert heads_repeat(table)


def test_head_says_round_code_counts_and_the_last_time() -> None:
    facts = dict(table_texts(opened(own_scores.write(own_list())).tables[0]))
    assert facts == {
        "文号": "渝经信节能〔2023〕1号",
        "评审轮次": "专家书面评审（满分32分）",
        "专家代号": "Z1",
        "份数": "已提交1份，未提交1份，回避1份",
        "末次提交时间": "2023年3月2日10:32",
    }


def test_one_declaration_and_one_signature_stand_before_the_annex() -> None:
    shown = lines(opened(own_scores.write(own_list())))
    assert shown[1:] == [
        "专家个人评分清单",
        own_scores.DECLARATION,
        "专家签字：　　　　　　　　　　　年　　月　　日",
        "附件1",
        "专家书面评审评分表",
        "总体意见：总体可行，建议细化首年任务。",
    ]


def test_annex_begins_on_its_own_page_and_holds_the_item_sheet() -> None:
    document = opened(own_scores.write(own_list()))
    (annex,) = [part for part in document.paragraphs if part.text == "附件1"]
    assert annex.paragraph_format.page_break_before
    assert [row[5] for row in table_texts(document.tables[3])] == ["得分", "9.0", "12.0", "8.25", "29.25"]


def test_list_before_any_submission_has_neither_time_nor_annex() -> None:
    early = dataclasses.replace(own_list(), rows=own_list().rows[:1])
    document = opened(own_scores.write(early))
    assert "末次提交时间" not in dict(table_texts(document.tables[0]))
    assert len(document.tables) == 2


def test_same_list_gives_the_same_bytes() -> None:
    assert own_scores.write(own_list()) == own_scores.write(own_list())
