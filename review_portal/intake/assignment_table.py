"""Reads an edited assignment table: all lines or none, every fault with its line and column."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.intake.office_xml import Row, Table, csv_table, xlsx_tables
from review_portal.intake.upload_guard import check_xlsx, sniff

NEEDED = ("材料编号", "专家编号")
CHECKED = {"专家": "专家编号", "申报单位": "材料编号"}  # what stands beside an id for people, held to it


@dataclass(frozen=True, slots=True)
class Assigned:
    """One line: where it stands, the dossier's number, the expert's id."""

    place: str
    number: str
    expert: str


def refusal(count: int) -> Message:
    """The sentence over the list of faults."""
    return mark("分派表有%(count)s处需要修改，未作任何改动。请按下列位置修改后重新上传。", count=count)


def read(
    data: bytes, file_name: str, *, experts: Mapping[str, str], dossiers: Mapping[str, str]
) -> tuple[Assigned, ...]:
    """The lines of a .csv or .xlsx table in their order.

    experts: id -> name, dossiers: number -> unit; a name that stands in the line must be that of its id.
    Raises `Invalid` with every fault at once, `fields` keyed 第3行 专家编号.
    """
    table = _table(data, file_name)
    head, columns = _head(table)
    known = {"专家编号": experts, "材料编号": dossiers}
    faults: dict[str, Message] = {}
    found: list[Assigned] = []
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        if row.number <= head.number or not any(row.cells):
            continue
        text = {name: _plain(row.cell(column)) for name, column in columns.items()}
        said = _fault(text, known)
        pair = (text["材料编号"], text["专家编号"])
        if said is not None:
            faults[f"{row.place} {said[0]}"] = said[1]
        elif pair in seen:
            faults[row.place] = mark("与第%(line)s行重复，请删去一行。", line=seen[pair])
        else:
            seen[pair] = row.number
            found.append(Assigned(row.place, *pair))
    if faults:
        raise Invalid(refusal(len(faults)), faults)
    if not found:
        raise Invalid(mark("分派表没有内容。请在表头下逐行填写后重新上传。"))
    return tuple(found)


def _table(data: bytes, file_name: str) -> Table:
    kind = sniff(data, file_name)
    if kind == "csv":
        return csv_table(data)
    if kind == "xlsx":
        check_xlsx(data)
        return xlsx_tables(data)[0]
    raise Invalid(mark("分派表须是 CSV（.csv）或 Excel（.xlsx）文件。请另存后重新上传。"))


def _plain(text: str) -> str:
    """A cell without what a spreadsheet or this portal puts around it."""
    return unicodedata.normalize("NFKC", text).strip().removeprefix("'")


def _head(table: Table) -> tuple[Row, dict[str, int]]:
    for row in table.rows:
        names = [_plain(cell) for cell in row.cells]
        if set(NEEDED) <= set(names):
            wanted = (*NEEDED, *CHECKED)
            return row, {name: names.index(name) for name in wanted if name in names}
    raise Invalid(mark("没有找到表头：须有“材料编号”“专家编号”两列。请下载分派表，在其中修改后上传。"))


def _fault(text: Mapping[str, str], known: Mapping[str, Mapping[str, str]]) -> tuple[str, Message] | None:
    """The first column of a line that is wrong, and what to do."""
    for column in NEEDED:
        if not text[column]:
            return column, mark("不能为空。请填写%(column)s。", column=column)
        if text[column] not in known[column]:
            return column, mark(
                "“%(value)s”不在本轮中。请核对%(column)s。", value=text[column], column=column
            )
    for column, of in CHECKED.items():
        meant = _plain(known[of][text[of]])
        if text.get(column) and text[column] != meant:
            return column, mark(
                "“%(value)s”与%(of)s“%(id)s”不符，该编号是“%(meant)s”。请核对后修改。",
                value=text[column],
                of=of,
                id=text[of],
                meant=meant,
            )
    return None
