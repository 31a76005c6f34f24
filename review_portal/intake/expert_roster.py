"""Reads the expert roster from a spreadsheet: all rows or none, every fault with its row and column."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.records import ExpertRow
from review_portal.intake.office_xml import Row, Table, csv_table, xlsx_tables
from review_portal.intake.roster_cells import REQUIRED, read_cells
from review_portal.intake.upload_guard import check_xlsx, sniff

# Column name on the page -> words that heads use for it; brackets and spaces do not count.
COLUMNS: dict[str, tuple[str, ...]] = {
    "姓名": ("姓名", "专家姓名", "名字"),
    "工作单位": ("工作单位", "单位", "现工作单位", "所在单位", "单位名称", "任职单位"),
    "职称": ("职称", "职称职务", "职务职称", "技术职称", "专业技术职称", "职称/职务"),
    "专业": ("专业", "专业领域", "专业类别", "从事专业", "研究方向", "评审专业"),
    "手机": ("手机", "手机号", "手机号码", "联系手机", "联系电话", "电话", "移动电话"),
    "邮箱": ("邮箱", "电子邮箱", "电子邮件", "email", "e-mail"),
    "所在区县": ("所在区县", "区县", "所属区县", "所在地"),
    "任职经历": ("任职经历", "过往任职", "工作经历", "近三年任职", "近3年任职", "兼职经历", "任职情况"),
    "亲属任职": ("亲属任职", "亲属任职情况", "亲属情况", "近亲属任职"),
    "声明的利害关系": ("声明的利害关系", "利害关系", "利害关系声明", "申明的利害关系", "回避声明"),
    "到任日期": ("到任日期", "到任时间", "现单位到任日期", "现单位任职起"),
    "不能参加的时间": ("不能参加的时间", "不能参加时间"),
    "评审份数上限": ("评审份数上限", "份数上限"),
    "在库状态": ("在库状态", "专家状态"),
    "状态说明": ("在库状态说明", "状态说明"),
}


@dataclass
class _Faults:
    """Collects what is wrong, keyed as people look for it: 第3行 手机."""

    found: dict[str, Message]

    def add(self, row: Row, column: str, message: Message) -> None:
        self.found.setdefault(f"第{row.number}行 {column}", message)


def read_roster(data: bytes, file_name: str) -> tuple[ExpertRow, ...]:
    """The experts of an .xlsx or .csv roster, in its order.

    The first table whose head names 姓名 and 工作单位 is the roster; unknown columns are left alone.
    Past roles are 单位/职务/结束日期 (or 至今; with the start as 单位/职务/开始日期/结束日期), relatives
    姓名/关系/单位/职务, absences 开始日期/结束日期/事由, several of them parted by ； or a new line.  An end
    given as a month or a year counts to its last day.  Raises ``Invalid`` with every fault at once,
    ``fields`` keyed 第3行 手机; then nothing may be imported.
    """
    table, head, columns = _find_roster(_tables(data, file_name))
    faults = _Faults({})
    for name in REQUIRED:
        if name not in columns:
            faults.add(head, name, _("缺少“%(column)s”列。请下载模板，按模板的表头填写。", column=name))
    rows = [row for row in table.rows if row.number > head.number and any(row.cells)]
    if not rows:
        raise Invalid(_("专家名单没有内容。请在表头下逐行填写专家后重新上传。"))
    experts = [_expert(row, columns, faults) for row in rows]
    _check_duplicates(rows, experts, faults)
    if faults.found:
        count = len(faults.found)
        raise Invalid(
            _("专家名单有 %(count)s 处需要修改，未导入任何一行。请按下列位置修改后重新上传。", count=count),
            faults.found,
        )
    return tuple(experts)


def _tables(data: bytes, file_name: str) -> tuple[Table, ...]:
    kind = sniff(data, file_name)
    if kind == "xlsx":
        check_xlsx(data)
        return xlsx_tables(data)
    if kind == "csv":
        return (csv_table(data),)
    raise Invalid(_("专家名单须是 Excel（.xlsx）或 CSV（.csv）文件。请另存后重新上传。"))


def _plain(text: str) -> str:
    return re.sub(r"\s|\(.*?\)|[:*]", "", unicodedata.normalize("NFKC", text)).casefold()


def _find_roster(tables: Sequence[Table]) -> tuple[Table, Row, dict[str, int]]:
    names = {_plain(word): name for name, words in COLUMNS.items() for word in words}
    for table in tables:
        for row in table.rows:
            columns: dict[str, int] = {}
            for column, cell in enumerate(row.cells):
                if name := names.get(_plain(cell)):
                    if name in columns:
                        raise Invalid(_("表头中“%(column)s”出现了两次。请只保留一列。", column=name))
                    columns[name] = column
            if {"姓名", "工作单位"} <= columns.keys() or {"姓名", "手机"} <= columns.keys():
                return table, row, columns
    raise Invalid(_("没有找到专家名单：表头须有“姓名”“工作单位”“手机”。请下载模板填写后重新上传。"))


def _expert(row: Row, columns: dict[str, int], faults: _Faults) -> ExpertRow:
    text = {name: row.cell(columns.get(name)) for name in COLUMNS}
    return read_cells(
        text, frozenset(columns), row.place, lambda name, message: faults.add(row, name, message)
    )


def _check_duplicates(rows: Sequence[Row], experts: Sequence[ExpertRow], faults: _Faults) -> None:
    """One person is one row: the mobile number tells, and where it fails name with employer."""
    by_phone: dict[str, Row] = {}
    by_name: dict[tuple[str, str], Row] = {}
    for row, expert in zip(rows, experts, strict=True):
        if expert.phone:
            first = by_phone.setdefault(expert.phone, row)
            if first is not row:
                faults.add(
                    row,
                    "手机",
                    _("与第%(row)s行的手机号码相同。请核对，每位专家只填一行。", row=first.number),
                )
        if expert.name and expert.employer:
            first = by_name.setdefault((expert.name, expert.employer), row)
            if first is not row:
                faults.add(
                    row,
                    "姓名",
                    _("与第%(row)s行的姓名、单位相同。请核对，每位专家只填一行。", row=first.number),
                )
