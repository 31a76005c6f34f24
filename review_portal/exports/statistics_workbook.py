"""The statistician's workbook (评分统计工作簿): everything that one file of scores says, one subject a sheet.

Reproducible: the same report gives the same bytes, because the file's date comes from the report.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook

from review_portal.aggregator.notices import Notice
from review_portal.domain.chinese_dates import time_text
from review_portal.domain.wording import REFERENCE_ONLY, RULE_NAMES, sentence
from review_portal.exports import statistics_checks, statistics_panels, statistics_scores
from review_portal.exports.plain_text import clean, digest_groups, wrapped_lines
from review_portal.exports.statistics_report import StatisticsReport
from review_portal.exports.statistics_tables import HEADS
from review_portal.exports.workbook_formats import (
    Formats,
    Page,
    open_workbook,
    set_up_chart_print,
    set_up_print,
)

_LINE = 16.0
_SHOWN = 10  # remarks of one kind
_TITLE = "评分统计工作簿"
_METHOD = (
    "1．名次。各种算法都按十进制精确计算：一份评分表各项得分之和为总分，缺项的评分表不计入，没有评分的不按0分计算；"
    "得分保留两位小数，四舍五入；得分相同的名次相同。排序依据是“排序算法”一行所列的算法，其余仅供参考。",
    "2．评分校准。把每份评分看作总均值、材料质量、专家宽严度、偶然波动四部分之和，由全部评分一起估计各部分的大小"
    "（限制性最大似然），再推算每份材料在宽严适中的专家手中应得的分数。评分少的材料向总均值靠拢，因为依据少。",
    "3．标准差和区间。校准得分加减1.64个标准差，约有九成可能含有材料的真实水平；名次范围和进入名额的可能性由同一模型推算，"
    "以各部分大小的估计值为准。它们说明评分本身有多大把握，不能代替专家组的判断。",
    "4．方差分量。材料质量占比越大，评分越能分出高下；偶然波动大时，只有增加每份材料的专家才能减少。标准误说明估计值本身的准确程度。",
    "5．一致性。系数说明专家评分一致的程度；并非每名专家都评审了每份材料时，只有概化系数和克里彭多夫α系数适用。",
    "6．连通。两份材料只有经由共同的专家直接或间接相连，才能在扣除宽严之后比较；不连通时请补派交叉评审或按组分配名额。",
    "7．提请关注。每类提示中预计至多5%属于偶然；提示只说明哪里值得核对，不是对任何人的结论。",
    "8．稳定性。逐一去掉一名专家的全部评分，按同一算法重新计算，看名单是否改变；给出各项指标满分的，也逐一去掉、增减一项指标的权重。",
)
_GROUPS = (
    "9．分组。每组按同一算法单独排名；各组之间不比较，名单是各组名额内材料的合并。评分校准把各组材料的平均水平之差"
    "与材料自身的高下分开估计。"
)


def write(report: StatisticsReport) -> bytes:
    """The workbook as .xlsx bytes."""
    target = io.BytesIO()
    workbook = open_workbook(target)
    workbook.set_properties(
        {
            "title": clean(f"{report.file} {_TITLE}"),
            "created": report.made_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    book = _Book(workbook, report)
    _method(book.page("说明"), report)
    statistics_scores.ranking(book.page("名次", heads=True), report)
    if report.grouped is not None:
        statistics_panels.within_groups(book.page("分组", heads=True), report, report.grouped)
    found = report.calibrated
    if found is not None:
        book.chart(
            "评分校准图",
            statistics_scores.calibrated(book.page("评分校准", heads=True), workbook, report, found),
        )
        book.chart(
            "专家图", statistics_scores.experts(book.page("专家", heads=True), workbook, report, found)
        )
        statistics_scores.variances(book.page("方差分量", heads=True), workbook, found)
    statistics_checks.agreement(book.page("一致性", heads=True), report.agreements)
    statistics_checks.connectivity(book.page("连通", heads=True), report)
    if report.anomalies is not None:
        statistics_checks.anomalies(book.page("提请关注", heads=True), report.anomalies)
    if report.stability is not None:
        statistics_checks.stability(book.page("稳定性", heads=True), report.stability)
    workbook.close()
    return target.getvalue()


class _Book:
    """Opens the workbook's sheets, each with the print set-up that all share."""

    def __init__(self, workbook: Workbook, report: StatisticsReport) -> None:
        self._workbook = workbook
        self._formats = Formats(workbook)
        self._report = report

    def page(self, name: str, *, heads: bool = False) -> Page:
        """A sheet; `heads`: the row of its heads is repeated on every page."""
        sheet = self._workbook.add_worksheet(name)
        code = digest_groups(self._report.file_digest)
        repeat = (HEADS, HEADS) if heads else None
        set_up_print(sheet, f"{self._report.file}　{_TITLE}", code, repeat, code_of="评分文件")
        return Page(sheet, self._formats)

    def chart(self, name: str, chart: Chart) -> None:
        """A sheet that is one chart: below a long table it would be out of sight, and torn in print."""
        sheet = self._workbook.add_chartsheet(name)
        sheet.set_chart(chart)
        code = digest_groups(self._report.file_digest)
        set_up_chart_print(sheet, f"{self._report.file}　{_TITLE}", code, code_of="评分文件")


def _method(page: Page, report: StatisticsReport) -> None:
    """What was read, what was chosen, what must be known, and how every figure comes about."""
    page.widths((26, 104))
    page.merged(0, 0, 1, _TITLE, "title", height=36)
    page.merged(1, 0, 1, f"除“名次”中的排序算法外，各表均为{REFERENCE_ONLY}", "subtitle", height=20)
    row = 2
    for label, value, style in _facts(report):
        page.text(row, 0, label, "label")
        page.text(row, 1, value, style)
        page.sheet.set_row(row, _LINE * wrapped_lines(value, 98) + 4)
        row += 1
    for title, lines in (
        ("须注意的情况", _remarks(report.notices) or ["无。"]),
        ("各表的含义", _METHOD if report.grouped is None else (*_METHOD, _GROUPS)),
    ):
        page.merged(row + 1, 0, 1, title, "section", height=24)
        row += 2
        for line in lines:
            page.merged(row, 0, 1, line, "paragraph", height=_LINE * wrapped_lines(line, 118) + 4)
            row += 1


def _remarks(notices: Sequence[Notice]) -> list[str]:
    """Sentences; of a frequent code the first few, then how many more."""
    seen = Counter(entry.code for entry in notices)
    shown: Counter[str] = Counter()
    lines = []
    for entry in notices:
        shown[entry.code] += 1
        if shown[entry.code] <= _SHOWN:
            lines.append(str(sentence(entry)))
        elif shown[entry.code] == seen[entry.code]:
            lines.append(f"（同类情况另有{seen[entry.code] - _SHOWN}条）")
    return lines


def _facts(report: StatisticsReport) -> list[tuple[str, str, str]]:
    seen = report.connectivity
    quota = "未给出" if report.quota is None else str(report.quota)
    size = f"材料{seen.dossiers.sum()}份，专家{seen.experts.sum()}名，完整评分表{seen.reviews.sum()}份"
    return [
        ("评分文件", report.file, "value"),
        ("评分文件校验码", digest_groups(report.file_digest), "code"),
        ("参与计算的评分校验码", digest_groups(report.ratings.digest()), "code"),
        ("规模", size, "value"),
        ("指标", "、".join(report.ratings.criteria), "value"),
        ("拟遴选数量", quota, "value"),
        ("排序算法", str(RULE_NAMES[report.rule]), "value"),
        ("排序算法校验码", digest_groups(report.rule_digest), "code"),
        *((label, value, "value") for label, value in report.options),
        ("生成时间", time_text(report.made_at), "value"),
        ("软件版本", report.software_version, "value"),
    ]
