"""上会请示: the memo that asks the leaders' meeting to decide on the list, after GB/T 9704-2012.

Number, signer and date are the office's own and print as 【待填：…】, as does every fact that is missing. No
statistics beyond scores, ranks and 分差, no expert's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Mm

from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import HEADING, TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_table, set_cell_margins
from review_portal.exports.plain_text import MISSING, clean, digest_groups
from review_portal.exports.publicity_notice import known, to_fill

ATTACHMENTS: Final = ("评审报告", "评分汇总表", "专家组评审意见表", "监督记录表")
_WIDTH: Final = 156.0  # of the type area, in millimetres
_SMALL: Final = Font(size=10.5)
_NUMBERS: Final = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """A ranked unit; figures as they are printed. `opinion` is the panel's, in one line, '' without one."""

    rank: int
    number: str
    unit: str
    recommender: str
    scores: tuple[str, ...]
    final: str
    gap: str
    opinion: str
    outcome: str
    proposed: bool
    tied: bool


@dataclass(frozen=True, slots=True)
class MeetingRequest:
    """What is put before the meeting. `None` or empty means not known yet.

    `quota`: places as the call gives them (`quota_text` 3个左右), `sentences` the fixed ones on small
    numbers, ties and reconciliation, `outside` sentences on who has no place, `held` dossiers under 暂缓.
    """

    issuer: str
    addressee: str
    project_name: str
    basis: str
    steps: tuple[str, ...]
    received: int
    eligible: int
    quota: int
    quota_text: str
    stages: tuple[str, ...]
    rows: tuple[RankedUnit, ...]
    outside: tuple[str, ...]
    sentences: tuple[str, ...]
    conditions: tuple[str, ...]
    held: tuple[str, ...]
    open_objections: int
    working_days: int
    contact_person: str
    contact_phone: str
    contact_office: str
    version: int
    digest: str
    dated: date

    @property
    def proposed(self) -> tuple[RankedUnit, ...]:
        """The units that the ranking proposes."""
        return tuple(row for row in self.rows if row.proposed)

    @property
    def tied(self) -> tuple[RankedUnit, ...]:
        """Those whom the meeting itself has to tell apart."""
        return tuple(row for row in self.rows if row.tied)


def write_docx(request: MeetingRequest) -> bytes:
    """The memo as .docx bytes; equal requests give equal bytes."""
    lines = title_lines(_fact(request.project_name, "项目名称"))
    title = "".join(lines)
    document = office.new_document(Properties(title, clean(request.issuer), request.dated))
    office.add_page_numbers(document)
    code = f"第{request.version}版排名校验码 {digest_groups(request.digest)}"
    office.add_code_below(document, code)
    head = office.paragraph(document, f"　{to_fill('文号')}\t签发人：{to_fill('签发人')}　")
    head.paragraph_format.tab_stops.add_tab_stop(Mm(_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    office.paragraph(document)
    for line in lines:
        office.paragraph(document, line, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document)
    addressee = clean(request.addressee) if known(request.addressee) else to_fill("主送")
    office.paragraph(document, f"{addressee}：")
    office.paragraph(document, _opening(request), align="justify", indent=2)
    for number, (head, part) in zip(_NUMBERS, _chapters(request), strict=False):
        heading = office.paragraph(document, f"{number}、{head}", HEADING, indent=2)
        heading.paragraph_format.keep_with_next = True
        for line in part:
            office.paragraph(document, line, align="justify", indent=2)
        if head == _RESULT and request.rows:
            _table(document, request)
    office.paragraph(document, "妥否，请审定。", indent=2)
    _close(document, request)
    return office.save(document)


_RESULT: Final = "评审结果"


def title_lines(project: str) -> list[str]:
    """The title on one line of at most 20 characters, else on three: short, long, short."""
    parts = ["关于审定", project, "拟入选名单的请示"]
    whole = "".join(parts)
    return [whole] if len(whole) <= 20 else parts


def _opening(request: MeetingRequest) -> str:
    project = _fact(request.project_name, "项目名称")
    steps = "、".join(map(clean, request.steps))
    return (
        f"根据{clean(request.basis)}，{project}的申报和评审工作已经完成{steps}等程序，"
        "现将评审结果报告如下，提请会议审定。"
    )


def _chapters(request: MeetingRequest) -> Iterator[tuple[str, list[str]]]:
    yield (
        "评审过程",
        [
            f"共收到申报材料{request.received}份，其中{request.eligible}份通过形式审查进入评审。"
            "专家独立评分，评分封存后由专家组组长申请、监督人员同意启封；复议结束后排名冻结，此后方法、参数和名次未再更改。",
        ],
    )
    yield _RESULT, _result(request)
    if request.rows and any(row.opinion for row in request.rows):
        yield "专家组意见", [f"{_named(row)}：{clean(row.opinion) or '未形成意见'}。" for row in request.rows]
    if request.conditions:
        yield "有条件推荐的条件", [f"{clean(line).rstrip('。')}。" for line in request.conditions]
    yield "需要说明的情况", list(_risks(request))
    yield "提请审定的事项", list(_asked(request))


def _result(request: MeetingRequest) -> list[str]:
    said = [f"本批次拟遴选{clean(request.quota_text)}。"]
    if not request.rows:
        return [*said, "没有列入排名的单位。"]
    if request.proposed:
        names = "、".join(clean(row.unit) for row in request.proposed)
        said.append(
            f"按评审排名，拟入选{len(request.proposed)}家：{names}。排名、得分和与下一名的分差见下表。"
        )
    else:
        said.append("按评审结果，没有拟入选单位。各单位的得分和与下一名的分差见下表。")
    return said


def _risks(request: MeetingRequest) -> Iterator[str]:
    numbered = [clean(line).rstrip("。") for line in (*request.sentences, *request.outside)]
    if request.tied:
        names = "、".join(map(_named, request.tied))
        numbered.append(f"并列提请审定：{names}位于拟入选界线，评审规则不能区分先后，由会议审定取舍")
    if request.held:
        numbered.append(f"暂缓：{'、'.join(map(clean, request.held))}正在暂缓，解除暂缓前不能列入公示")
    told = f"尚有{request.open_objections}件" if request.open_objections else "没有"
    numbered.append(f"截至本件生成时，{told}未办结的异议和投诉")
    for number, line in enumerate(numbered, start=1):
        yield f"（{_chinese(number)}）{line}。"


def _asked(request: MeetingRequest) -> Iterator[str]:
    count = len(request.proposed)
    if count:
        yield f"（一）是否同意上述{count}家单位为拟入选单位，并公示{request.working_days}个工作日。"
    else:
        yield "（一）是否同意本批次空缺，或者另行组织。"
    over = "与拟遴选数量一致" if count == request.quota else f"与拟遴选数量{request.quota}家不一致"
    yield (
        f"（二）拟入选数量为{count}家，{over}。会议可以维持该数量，也可以增加、减少，"
        "或者不按排名次序取舍；增减数量或者改变次序的，请在会议纪要中逐家写明理由。"
    )
    if request.tied:
        yield "（三）并列单位的取舍。"


def _chinese(number: int) -> str:
    """1 to 99 in Chinese figures, as second-level heads are counted."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_NUMBERS[tens - 1]}十"
    return head + (_NUMBERS[ones - 1] if ones else "") if number < 100 else str(number)


def _named(row: RankedUnit) -> str:
    return f"{row.number} {clean(row.unit)}"


def _table(document: Any, request: MeetingRequest) -> None:
    stages = request.stages
    score = min(18.0, 34.0 / max(1, len(stages)))
    rest = _WIDTH - 10 - 16 - 14 - 17 - score * len(stages)
    columns = (
        Column("名次", 10, "center"),
        Column("申报单位", rest * 0.58),
        Column("推荐单位", rest * 0.42),
        *(Column(f"{clean(name)}得分", score, "center") for name in stages),
        Column("最终得分", 16, "center"),
        Column("分差", 14, "center"),
        Column("建议", 17, "center"),
    )
    rows = [
        (
            str(row.rank),
            _named(row),
            clean(row.recommender) or MISSING,
            *row.scores,
            row.final,
            row.gap,
            row.outcome,
        )
        for row in request.rows
    ]
    set_cell_margins(add_table(document, columns, rows, body=_SMALL, head=Font("黑体", 10.5)), 0.8)


def _close(document: Any, request: MeetingRequest) -> None:
    office.paragraph(document)
    for number, name in enumerate(ATTACHMENTS, start=1):
        head = "附件：" if number == 1 else "　　　"
        office.paragraph(document, f"{head}{number}．{name}", indent=2)
    office.paragraph(document)
    office.paragraph(document, _fact(request.issuer, "组织单位"), align="right", right_indent=2)
    office.paragraph(document, to_fill("成文日期"), align="right", right_indent=4)
    office.paragraph(document)
    contact = "，".join(
        (
            _fact(request.contact_office, "联系处室"),
            _fact(request.contact_person, "联系人"),
            _fact(request.contact_phone, "联系电话"),
        )
    )
    office.paragraph(document, f"（联系人：{contact}）", indent=2)


def _fact(value: str, label: str) -> str:
    return clean(value) if known(value) else to_fill(label)
