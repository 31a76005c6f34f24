"""The ranking workbook (排名工作簿): cover, ranking, sheets of every round, method page.

Reproducible: the same report gives the same bytes, because the file's dates come from the report.
"""

from __future__ import annotations

import io
from datetime import UTC

from xlsxwriter.workbook import Workbook

from review_portal.domain.chinese_dates import time_text
from review_portal.exports import (
    workbook_cases,
    workbook_charts,
    workbook_checks,
    workbook_items,
    workbook_levels,
    workbook_scores,
)
from review_portal.exports.plain_text import ADVICE, ASSUMED, clean, digest_groups, listed, wrapped_lines
from review_portal.exports.ranking_report import RankedRow, RankingReport
from review_portal.exports.workbook_formats import Formats, Page, open_workbook, set_up_print
from review_portal.exports.workbook_formulas import HOLDS
from review_portal.exports.workbook_layout import HEADS, Layout

_LINE = 16.0
_COVER_FIRST = 3  # the first row of facts, from 0
_COVER_CHECK = f"封面!$B${_COVER_FIRST + 1}"
_HEADS = (HEADS, HEADS)
_FORMULAS = (
    "“排名”和各“核对”表是冻结时的数据，只作比较，不由公式得出。“评分汇总”“评分校准”“指标均值”“名次复算”由公式从“逐项得分”算起："
    "各项得分相加为总分，再按上述方法得出各轮得分、最终得分和名次；点开单元格即可看到算式。",
    "封面“公式核对”一格写明重算结果与冻结数据是否一致；改动任何一个计入的得分，即写明哪张表、第几行不一致。",
    "得分都先化为百分之一分的整数再四舍五入，结果与冻结数据逐分一致。不计算公式的软件显示的是冻结时的数值。",
    "“逐项得分”可以筛选，请勿重新排序：汇总表按行取数，排序后会显示不一致。",
)
_MOST_IN_MEMORY = 50_000  # rows of items: about 150 MiB
_PLACES = ("零位", "一位", "两位")
_UNIT_HEADS = ("编号", "申报单位（牵头）", "联合体成员", "推荐单位")


def write(report: RankingReport) -> bytes:
    """The workbook as .xlsx bytes. Raises nothing of its own: a report that exists has passed its checks."""
    target = io.BytesIO()
    layout = Layout(report)
    workbook = open_workbook(target, sparing=layout.item_rows > _MOST_IN_MEMORY)
    workbook.set_properties(
        {
            "title": clean(f"{report.call.title} 排名工作簿"),
            "subject": clean(report.call.document_number),
            "author": clean(report.call.issuer),
            "created": report.frozen_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    book = _Book(workbook, report)
    verdict = workbook_checks.all_hold(layout)
    _cover(book.page("封面"), report, verdict)
    _ranking(book.page("排名", (2, 3)), report, _COVER_CHECK if verdict else "")
    if layout.chart:
        workbook_charts.ranked_bars(book.page(layout.chart), workbook, layout)
    if layout.heat:
        workbook_charts.heat_map(book.page(layout.heat, _HEADS), layout)
    if layout.admissions:
        workbook_scores.admissions(book.page(layout.admissions), report.admissions)
    for placed in layout.rounds:
        workbook_scores.summary(book.page(placed.summary, _HEADS), placed)
    for part in layout.items:
        workbook_items.write(book.page(part.name, (1, 1)), layout, part, _COVER_CHECK if verdict else "")
    _rounds(book, layout)
    if layout.recount:
        workbook_checks.recount(book.page(layout.recount, _HEADS), layout)
    _method(book.page("方法说明"), report)
    workbook.close()
    return target.getvalue()


def _rounds(book: _Book, layout: Layout) -> None:
    """What stands behind the summaries, kind by kind."""
    for placed in layout.rounds:
        if placed.levels:
            workbook_levels.levels(book.page(placed.levels, (HEADS, HEADS + placed.parameters)), placed)
    for placed in layout.rounds:
        workbook_scores.criterion_means(book.page(placed.means, _HEADS), placed)
    if layout.cases:
        workbook_cases.write(book.page(layout.cases), layout.report.cases)
    for placed in layout.rounds:
        if placed.checks:
            workbook_checks.round_checks(book.page(placed.checks, _HEADS), placed)


class _Book:
    """Opens the workbook's sheets, each with the print set-up that all share."""

    def __init__(self, workbook: Workbook, report: RankingReport) -> None:
        self._workbook = workbook
        self._formats = Formats(workbook)
        self._report = report

    def page(self, name: str, repeat_rows: tuple[int, int] | None = None) -> Page:
        sheet = self._workbook.add_worksheet(name)
        head = f"{self._report.call.title}　{self._report.call.document_number}"
        set_up_print(sheet, head, digest_groups(self._report.ranking_digest), repeat_rows)
        return Page(sheet, self._formats)


def _cover(page: Page, report: RankingReport, verdict: str) -> None:
    page.sheet.fit_to_pages(1, 1)  # what is signed stands on one page with what it is signed for
    page.widths((24, 96))
    page.merged(0, 0, 1, report.call.title, "title", height=54)
    page.merged(1, 0, 1, "专家评审排名工作簿", "subtitle", height=24)
    row = _COVER_FIRST
    if verdict:
        page.text(row, 0, "公式核对", "label")
        page.formula(row, 1, verdict, HOLDS, "value")
        page.warn(row, 1, row, 1)
        page.sheet.set_row(row, _LINE + 6)
        row += 1
    for label, value, style in _cover_facts(report):
        page.text(row, 0, label, "label")
        page.text(row, 1, value, style)
        page.sheet.set_row(row, _LINE * wrapped_lines(value, 88) + 6)
        row += 1
    row += 1
    for signer in report.signers:
        page.text(row, 0, f"{signer}签字：", "sign_label")
        page.text(
            row, 1, "　　　　　　　　　　　　　　　　　　　　　　　　　　　　　　年　　月　　日", "sign"
        )
        page.sheet.set_row(row, 34)
        row += 1


def _cover_facts(report: RankingReport) -> list[tuple[str, str, str]]:
    rounds = "；".join(
        f"{scores.title}（{scores.rubric_title}）"
        + (f" 权重{scores.weight.normalize():f}" if scores.weight else "")
        for scores in report.rounds
    )
    rule = f"{report.rule_label}（{ASSUMED}）" if report.rule_assumed else report.rule_label
    return [
        ("申报批次", report.call.title, "value"),
        ("文号", report.call.document_number, "value"),
        ("组织单位", report.call.issuer, "value"),
        ("排序规则", rule, "value"),
        ("拟遴选数量", report.quota_text, "value"),
        ("评审轮次", rounds, "value"),
        *((f"指标体系校验码（{s.title}）", digest_groups(s.rubric_digest), "code") for s in report.rounds),
        ("输入数据校验码", digest_groups(report.input_digest), "code"),
        ("排名校验码", digest_groups(report.ranking_digest), "code"),
        ("冻结时间", time_text(report.frozen_at), "value"),
        ("申请冻结", report.frozen_by, "value"),
        ("确认", report.approved_by, "value"),
        ("软件版本", report.software_version, "value"),
    ]


def _ranking(page: Page, report: RankingReport, check: str) -> None:
    rounds = tuple(scores.title for scores in report.counting)
    heads = (
        "名次",
        *_UNIT_HEADS,
        *rounds,
        "最终得分",
        *report.reference_labels,
        "专家组意见",
        "状态",
        "并列说明",
    )
    first_score, first_reference = 5, 6 + len(rounds)
    after = first_reference + len(report.reference_labels)
    last = len(heads) - 1
    page.merged(0, 0, last, "专家评审排名", "title", height=30)
    said = f"排序依据：{report.rule_label}　最终得分保留{_PLACES[report.places]}小数，四舍五入"
    page.merged(1, 0, last - 2 if check else last, said, "subtitle")
    if check:
        page.verdict(1, last - 1, last, check, HOLDS)
    page.merged(2, 0, first_score - 1, "申报单位", "head")
    page.merged(2, first_score, first_reference - 1, "排序依据", "head")
    if report.reference_labels:
        page.merged(2, first_reference, after - 1, ADVICE, "aside_head")
    page.merged(2, after, last, "结论", "head")
    page.heads(3, heads)
    page.heads(3, report.reference_labels, first_reference, "aside_head")
    page.sheet.set_row(3, 32)
    page.widths(
        (6, 10, 32, 28, 12, *(10 for _ in rounds), 10, *(11 for _ in report.reference_labels), 13, 11, 26)
    )
    page.sheet.freeze_panes(4, 3)
    cut_after = max((i for i, ranked in enumerate(report.rows) if ranked.rank <= report.quota), default=-1)
    for index, ranked in enumerate(report.rows):
        _ranked_row(page, 4 + index, ranked, cut=index == cut_after)
    row = 4 + len(report.rows)
    if report.rows:
        page.sheet.autofilter(3, 0, row - 1, last)
    else:
        page.merged(row, 0, last, "没有列入排名的单位。", "text")
        row += 1
    row = _outside(page, row + 1, report, rounds, last)
    for remark in report.remarks:
        page.merged(row + 1, 0, last, remark, "paragraph", height=_LINE * wrapped_lines(remark, 130) + 2)
        row += 1


def _ranked_row(page: Page, row: int, ranked: RankedRow, *, cut: bool) -> None:
    unit = ranked.unit
    page.count(row, 0, ranked.rank, "key_count", cut=cut)
    for column, text in enumerate(
        (unit.number, unit.lead_unit, listed(unit.members), unit.recommender), start=1
    ):
        page.text(row, column, text, cut=cut)
    column = 5
    for score in ranked.round_scores:
        page.points(row, column, score, cut=cut)
        column += 1
    page.points(row, column, ranked.final, "key_points", cut=cut)
    for reference in ranked.references:
        column += 1
        page.points(row, column, reference, "aside_points", cut=cut)
    for text in (ranked.panel_opinion, ranked.status, ranked.tie_note):
        column += 1
        page.text(row, column, text, cut=cut)


def _outside(page: Page, row: int, report: RankingReport, rounds: tuple[str, ...], last: int) -> int:
    """Dossiers outside the ranking, apart and without a place; returns the row after them."""
    if not report.outside:
        return row
    page.merged(row, 0, last, "未列入排名", "section", height=24)
    page.heads(row + 1, ("名次", *_UNIT_HEADS, *rounds, "情形"))
    page.merged(row + 1, 6 + len(rounds), last, "说明", "head")
    for at, outside in enumerate(report.outside, start=row + 2):
        unit = outside.unit
        page.points(at, 0, None)
        for column, text in enumerate(
            (unit.number, unit.lead_unit, listed(unit.members), unit.recommender), start=1
        ):
            page.text(at, column, text)
        for column, score in enumerate(outside.round_scores, start=5):
            page.points(at, column, score)
        page.text(at, 5 + len(rounds), outside.reason, "word")
        page.merged(at, 6 + len(rounds), last, outside.detail, "text")
    return row + 2 + len(report.outside)


def _method(page: Page, report: RankingReport) -> None:
    page.widths((34, 52, 44))
    page.merged(0, 0, 2, "方法说明", "title", height=30)
    row = 1
    for paragraph in report.method:
        page.merged(row, 0, 2, paragraph, "paragraph", height=_LINE * wrapped_lines(paragraph, 112) + 4)
        row += 1
    if report.recounted:
        page.merged(row, 0, 2, "公式和核对", "section", height=24)
        row += 1
        for paragraph in _FORMULAS:
            page.merged(row, 0, 2, paragraph, "paragraph", height=_LINE * wrapped_lines(paragraph, 112) + 4)
            row += 1
    row += 1
    page.heads(row, ("参数", "取值", "依据"))
    for parameter in report.parameters:
        row += 1
        basis = ASSUMED if parameter.assumed else parameter.source
        for column, text in enumerate((parameter.label, parameter.value, basis)):
            page.text(row, column, text)
    row += 2
    page.heads(row, ("校验码", "数值", "用途"))
    for label, value, use in _check_codes(report):
        row += 1
        page.text(row, 0, label)
        page.text(row, 1, value, "code")
        page.text(row, 2, use)
        page.sheet.set_row(row, 30)


def _check_codes(report: RankingReport) -> list[tuple[str, str, str]]:
    rubrics = [
        (f"指标体系（{scores.title}）", digest_groups(scores.rubric_digest), "开启评分时锁定的指标和分值")
        for scores in report.rounds
    ]
    return [
        *rubrics,
        ("输入数据", digest_groups(report.input_digest), "参与计算的全部评分"),
        ("排名", digest_groups(report.ranking_digest), "冻结的排名，印于每页页脚"),
        ("软件版本", report.software_version, "计算所用的程序"),
    ]
