"""Sheets of the intake and of the meeting: formal check summary, chair's election, discipline, fee list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import Font, Properties
from review_portal.exports.office_tables import (
    Column,
    add_facts,
    add_signature_lines,
    add_table,
    set_cell_margins,
    set_row_heights,
)
from review_portal.exports.plain_text import clean, digest_groups

_HEAD, _LINE, _FINE = Font("黑体", 16), Font("宋体", 10.5), Font("宋体", 7.5)
_FINE_HEAD = Font("黑体", 7.5)
MARKS = {"pass": "√", "fail": "×", "warn": "△", "manual": "待", "not_evaluated": "—"}
_LANDSCAPE = 257.0  # millimetres of text


@dataclass(frozen=True, slots=True)
class CheckedDossier:
    """One dossier's row: marks in the order of the rules (see `MARKS`), conclusion, failing rules."""

    number: str
    unit: str
    recommender: str
    results: tuple[str, ...]
    conclusion: str  # with whether a rejection is delivered in brackets behind
    remark: str


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """形式审查汇总表: rules as (id, title), dossiers by number; `dated` is the newest act's day."""

    call_title: str
    issuer: str
    rules: tuple[tuple[str, str], ...]
    dossiers: tuple[CheckedDossier, ...]
    dated: date
    digest: str


def write_check_summary(summary: CheckSummary) -> bytes:
    """Landscape, the head on every page, then counts and the key of the rules."""
    document = _sheet("形式审查汇总表", summary.call_title, summary.issuer, summary.dated, landscape=True)
    conclusions = Counter(dossier.conclusion.partition("（")[0] for dossier in summary.dossiers)
    counted = "，".join(f"{name}{count}份" for name, count in conclusions.items())
    line = f"共{len(summary.dossiers)}份{f'：{counted}' if counted else ''}。"
    office.paragraph(document, line, _LINE, pitch=None)
    key = "√符合　×不符合　△提示　待：待人工确认　—未核对。结果以经办人确认为准，未经确认的为系统识别。"
    office.paragraph(document, key, _LINE, pitch=None)
    fixed = (14.0, 38.0, 22.0, 18.0, 22.0)
    each = (_LANDSCAPE - sum(fixed)) / max(len(summary.rules), 1)
    columns = [
        Column("编号", fixed[0], "center"),
        Column("申报单位", fixed[1]),
        Column("推荐单位", fixed[2]),
        *(Column(rule.removeprefix("F"), each, "center") for rule, _title in summary.rules),
        Column("结论", fixed[3], "center"),
        Column("不符合项", fixed[4]),
    ]
    rows = [
        (
            clean(one.number.rpartition("-")[2] or one.number),
            clean(one.unit),
            clean(one.recommender),
            *(MARKS.get(result, "—") for result in one.results),
            one.conclusion,
            clean(one.remark),
        )
        for one in summary.dossiers
    ]
    failed = [
        str(sum(one.results[place] == "fail" for one in summary.dossiers))
        for place in range(len(summary.rules))
    ]
    rows.append(("", "不符合的份数", "", *failed, "", ""))
    table = add_table(document, columns, rows, body=_FINE, head=_FINE_HEAD)
    set_cell_margins(table, 0.4)
    office.paragraph(document, "审查事项", Font("黑体", 10.5), pitch=22)
    titles = "；".join(f"{rule} {title}" for rule, title in summary.rules)
    office.paragraph(document, f"{titles}。", Font("宋体", 9), align="justify", pitch=None)
    add_signature_lines(document, ("审查人", "复核人", "处室负责人"))
    return _finish(document, summary.digest)


@dataclass(frozen=True, slots=True)
class ReceiptSlip:
    """收件回执 of a dossier's version. `files`: name and check code; `standing`: in time or late.

    `copies` on paper and `discs` as counted at the desk, None where they were not.
    """

    call_title: str
    issuer: str
    number: str
    unit: str
    recommender: str
    what: str
    files: tuple[tuple[str, str], ...]
    copies: int | None
    discs: int | None
    received: str
    standing: str
    receiver: str
    contacts: tuple[tuple[str, str], ...]
    dated: date
    digest: str


def write_receipt(slip: ReceiptSlip) -> bytes:
    """One page in two signatures; what nobody counted at the desk is left to a pen."""
    document = _sheet("收件回执", slip.call_title, slip.issuer, slip.dated)
    facts = (
        ("材料编号", slip.number),
        ("申报单位", clean(slip.unit)),
        ("推荐单位", clean(slip.recommender)),
        ("收到", slip.what),
        ("纸质件和光盘", f"纸质申报书{_pen(slip.copies)}份　　光盘{_pen(slip.discs)}张　　其他："),
        ("收件时间", slip.received),
        ("是否逾期", slip.standing),
        ("登记人", clean(slip.receiver)),
        *slip.contacts,
    )
    set_row_heights(add_facts(document, facts, label_width=34, value_width=136), 9)
    office.paragraph(document, "收到的文件", Font("黑体", 12), pitch=28)
    columns = (Column("序号", 14, "center"), Column("文件", 78), Column("校验码（SHA-256 前32位）", 78))
    rows = [
        (str(at), clean(name), digest_groups(code[:32]))
        for at, (name, code) in enumerate(slip.files, start=1)
    ]
    add_table(document, columns, rows)
    note = "本回执只证明收到以上材料，不表示材料符合申报条件。一式两份，交申报单位一份，留存一份。"
    office.paragraph(document, note, _LINE, pitch=24)
    add_signature_lines(document, ("收件人", "送件人"))
    return _finish(document, slip.digest)


def _pen(count: int | None) -> str:
    return "　　" if count is None else str(count)


@dataclass(frozen=True, slots=True)
class ChairElectionRecord:
    """组长推举记录 of one round: those present as (name, employer, remark), who was absent, the result."""

    call_title: str
    issuer: str
    stage: str
    when: str
    method: str
    present: tuple[tuple[str, str, str], ...]
    absent: tuple[str, ...]
    elected: str
    votes: int
    voters: int
    witness: str
    dated: date
    digest: str


def write_chair_election(record: ChairElectionRecord) -> bytes:
    """One page: facts, those present with their signatures, the rule on recusal."""
    document = _sheet("专家组组长推举记录", record.call_title, record.issuer, record.dated)
    facts = (
        ("轮次", clean(record.stage)),
        ("时间", record.when),
        ("推举方式", clean(record.method)),
        ("推举结果", f"推举{clean(record.elected)}为专家组组长"),
        ("票数", f"到会{record.voters}人，得票{record.votes}票，超过到会人数的半数"),
        ("见证人", clean(record.witness)),
    )
    set_row_heights(add_facts(document, facts, label_width=34, value_width=136), 9)
    office.paragraph(document, "到会专家", Font("黑体", 12), pitch=28)
    columns = (
        Column("序号", 14, "center"),
        Column("姓名", 30),
        Column("工作单位", 60),
        Column("说明", 36),
        Column("签字", 30),
    )
    rows = [(str(at), *map(clean, row), "") for at, row in enumerate(record.present, start=1)]
    set_row_heights(add_table(document, columns, rows), 10)
    if record.absent:
        office.paragraph(document, f"缺席，不签字：{clean('、'.join(record.absent))}。", _LINE, pitch=24)
    note = "有回避情形的专家不得担任组长，但参加推举。组长主持评议，不得影响其他专家独立评分。"
    office.paragraph(document, note, _LINE, pitch=24)
    add_signature_lines(document, ("组长", "记录人", "监督人员"))
    return _finish(document, record.digest)


@dataclass(frozen=True, slots=True)
class DisciplineSheet:
    """评审纪律 of the scheme, read out and signed: its sentences and how many sign."""

    call_title: str
    issuer: str
    sentences: tuple[str, ...]
    seats: int
    dated: date
    digest: str


def write_discipline(sheet: DisciplineSheet) -> bytes:
    """The sentences, then lines for every expert and for the staff."""
    document = _sheet("评审纪律", sheet.call_title, sheet.issuer, sheet.dated)
    for at, sentence in enumerate(sheet.sentences, start=1):
        office.paragraph(document, f"{at}．{sentence}", Font("仿宋_GB2312", 14), align="justify", pitch=26)
    pledge = "本人已阅知以上纪律，承诺遵守。"
    office.paragraph(document, pledge, Font("黑体", 12), pitch=30)
    columns = (
        Column("序号", 14, "center"),
        Column("姓名", 40),
        Column("身份", 36),
        Column("签字", 44),
        Column("日期", 36),
    )
    rows = [(str(seat), "", "评审专家", "", "") for seat in range(1, sheet.seats + 1)]
    rows += [("", "", role, "", "") for role in ("工作人员", "工作人员", "监督人员")]
    set_row_heights(add_table(document, columns, rows), 10)
    return _finish(document, sheet.digest)


@dataclass(frozen=True, slots=True)
class FeeSheet:
    """劳务费发放表 of one round: experts as (name, employer, days); amounts are the office's to fill."""

    call_title: str
    issuer: str
    stage: str
    experts: tuple[tuple[str, str, str], ...]
    dated: date
    digest: str


def write_fees(sheet: FeeSheet) -> bytes:
    """Landscape; amounts, ID numbers and accounts stay blank: the portal holds none of them."""
    document = _sheet(
        "专家劳务费发放表", f"{sheet.call_title}　{sheet.stage}", sheet.issuer, sheet.dated, landscape=True
    )
    columns = (
        Column("序号", 12, "center"),
        Column("姓名", 22),
        Column("工作单位", 48),
        Column("天数", 14, "center"),
        Column("身份证号码", 44),
        Column("标准（元）", 20),
        Column("税前金额（元）", 24),
        Column("开户银行、账号", 47),
        Column("签字", 26),
    )
    rows = [(str(at), *map(clean, row), "", "", "", "", "") for at, row in enumerate(sheet.experts, start=1)]
    rows.append(("", "合计", "", "", "", "", "", "", ""))
    set_row_heights(add_table(document, columns, rows), 11)
    note = "金额、身份证号码和账号由本人或财务人员填写，不录入系统。标准按财务规定执行。"
    office.paragraph(document, note, _LINE, pitch=24)
    add_signature_lines(document, ("制表人", "审核人", "批准人"))
    return _finish(document, sheet.digest)


def _sheet(title: str, line: str, issuer: str, dated: date, *, landscape: bool = False) -> Any:
    document = office.new_document(Properties(title, issuer, dated), landscape=landscape, sheet=True)
    office.paragraph(document, title, _HEAD, align="center", pitch=30)
    office.paragraph(document, clean(line), _LINE, align="center", pitch=None)
    return document


def _finish(document: Any, digest: str) -> bytes:
    office.add_sheet_footer(document, digest_groups(digest))
    return office.save(document)
