"""Reads the district's recommendation table (附件1) from Word or Excel by its words, never by position."""

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.records import Recommendation, RecommendationEntry
from review_portal.intake import docx_tables
from review_portal.intake.docx_tables import Block, Line, read_blocks
from review_portal.intake.field_lookup import UNIT_LABELS, Lookup
from review_portal.intake.office_xml import Row, Table, xlsx_tables
from review_portal.intake.upload_guard import check_xlsx, sniff

_HEADS = {
    "seq": ("序号", "编号"),
    "unit": ("申报单位名称", "申报单位", "单位名称", "企业名称", "申报单位全称"),
    "contact": ("联系人", "申报联系人", "单位联系人", "联系人姓名"),
    "mobile": ("手机", "手机号", "手机号码", "联系手机", "联系人手机", "联系电话", "电话"),
}
_NAMES = {"unit": "申报单位名称", "contact": "联系人", "mobile": "手机"}
# Longest first, so that 联系电话 is not taken for something that ends in 电话.
_LABELS = {
    "推荐单位": "recommender",
    "联系电话": "phone",
    "联系手机": "phone",
    "联系人": "contact",
    "电话": "phone",
    "手机": "phone",
    "日期": "other",
}
_LABEL = re.compile(
    "(?P<label>"
    + "|".join(r"\s*".join(label) for label in _LABELS)
    + r")\s*(?:[（(][^（）()]{0,12}[）)])?\s*[:：]"
)
_FORM_FIELDS_MIN = 3  # fields of an application form; a list of units has none of them
_PLACEHOLDER = re.compile(r"[…⋯.。·．、\-—\s]+")


@dataclass(frozen=True)
class _Head:
    """A head row: where its table's columns stand; ``row`` counts from 0 within the table."""

    table: Table
    row: int
    columns: dict[str, int]


def read_recommendation(data: bytes, file_name: str) -> Recommendation:
    """The recommendation table in a .docx or .xlsx file, entries in the order of the file.

    ``recommender``, ``contact`` and ``phone`` come from the head line (one paragraph or several
    cells) and are None where the form leaves them blank.  Contacts and mobiles are kept as written:
    whether they agree with the application form is the formal check's question.  Raises ``Invalid``
    with every fault of the file at once, ``fields`` keyed by place.
    """
    paragraphs, tables = _content(data, file_name)
    heads = [head for table in tables if (head := _find_head(table))]
    if not heads:
        raise Invalid(
            _("没有找到推荐汇总表：表头须有“申报单位名称”“联系人”“手机”。请使用附件1的格式填写后重新上传。")
        )
    faults = _missing_columns(heads)
    entries: list[RecommendationEntry] = []
    placeholders = 0
    for head in heads:
        for row in head.table.rows[head.row + 1 :]:
            if _is_placeholder(row):
                placeholders += 1
            elif entry := _entry(row, head.columns, faults):
                entries.append(entry)
    _check_entries(entries, faults)
    if faults:
        raise Invalid(
            _("推荐汇总表有 %(count)s 处需要修改，未导入任何内容。请修改后重新上传。", count=len(faults)),
            faults,
        )
    values = _head_values(paragraphs, tables, heads)
    return Recommendation(
        recommender=values.get("recommender"),
        contact=values.get("contact"),
        phone=values.get("phone"),
        entries=tuple(entries),
        ignored_placeholder_rows=placeholders,
    )


def _content(data: bytes, file_name: str) -> tuple[tuple[str, ...], tuple[Table, ...]]:
    kind = sniff(data, file_name)
    if kind == "docx":
        blocks = read_blocks(data)
        if Lookup(blocks, UNIT_LABELS, "").own_fields >= _FORM_FIELDS_MIN:
            raise Invalid(_("这是申报书（附件2），不是推荐汇总表（附件1）。请在“登记收件”页面上传。"))
        paragraphs = tuple(block.text for block in blocks if isinstance(block, Line))
        return paragraphs, tuple(_rows_of(block) for block in blocks if isinstance(block, docx_tables.Table))
    if kind == "xlsx":
        check_xlsx(data)
        return (), xlsx_tables(data)
    raise Invalid(_("推荐汇总表须是 Word（.docx）或 Excel（.xlsx）文件。请另存后重新上传。"))


def is_recommendation(blocks: Sequence[Block], title: str) -> bool:
    """Whether a Word file is a recommendation table: by its title or by numbered rows of units."""
    for block in blocks:
        if isinstance(block, Line):
            if _word(title) in _word(block.text):
                return True
        elif (head := _find_head(_rows_of(block))) and {"seq", "unit"} <= head.columns.keys():
            return True
    return False


def _rows_of(table: docx_tables.Table) -> Table:
    """The table as rows of text; a merged cell stands in every row and column that it covers."""
    rows: list[Row] = []
    for number in range(table.rows):
        cells: list[str] = []
        for cell in table.row(number):
            cells += [""] * (cell.column - len(cells)) + [cell.text] * cell.width
        rows.append(Row(number + 1, f"表{table.number}第{number + 1}行", tuple(cells)))
    return Table(f"表{table.number}", tuple(rows))


def _word(text: str) -> str:
    """A head word without spaces, width differences and remarks in brackets."""
    return re.sub(r"\s|\(.*?\)|[:*]", "", unicodedata.normalize("NFKC", text))


def _find_head(table: Table) -> _Head | None:
    for index, row in enumerate(table.rows):
        columns: dict[str, int] = {}
        for column, cell in enumerate(row.cells):
            for name, words in _HEADS.items():
                if _word(cell) in words:
                    columns.setdefault(name, column)
        if "unit" in columns and ("contact" in columns or "mobile" in columns or "seq" in columns):
            return _Head(table, index, columns)
    return None


def _missing_columns(heads: Sequence[_Head]) -> dict[str, Message]:
    return {
        f"{head.table.rows[head.row].place} {title}": _(
            "缺少“%(column)s”列。请按附件1补上此列。", column=title
        )
        for head in heads
        for name, title in _NAMES.items()
        if name not in head.columns
    }


def _is_placeholder(row: Row) -> bool:
    filled = [cell for cell in row.cells if cell]
    return bool(filled) and all(_PLACEHOLDER.fullmatch(cell) for cell in filled)


def _entry(row: Row, columns: dict[str, int], faults: dict[str, Message]) -> RecommendationEntry | None:
    """The row's entry; None for a blank row, one that holds only its number, and a repeated head."""
    unit, contact, mobile = (row.cell(columns.get(name)) for name in ("unit", "contact", "mobile"))
    if not (unit or contact or mobile) or _word(unit) in _HEADS["unit"]:
        return None
    if not unit:
        faults[f"{row.place} 申报单位名称"] = _(
            "此行填了联系人或手机，但没有申报单位名称。请补上，或清空此行。"
        )
    seq = re.fullmatch(r"([0-9]{1,6})[.、]?", unicodedata.normalize("NFKC", row.cell(columns.get("seq"))))
    return RecommendationEntry(
        seq=int(seq[1]) if seq else None,
        unit="".join(unit.split("\n")),
        contact=contact or None,
        mobile=mobile or None,
        place=row.place,
    )


def _check_entries(entries: Sequence[RecommendationEntry], faults: dict[str, Message]) -> None:
    if not entries and not faults:
        raise Invalid(_("推荐汇总表没有填写任何申报单位。请填写后重新上传。"))
    first_place: dict[str, str] = {}
    for entry in entries:
        if entry.unit and (place := first_place.setdefault(_word(entry.unit), entry.place)) != entry.place:
            faults[f"{entry.place} 申报单位名称"] = _(
                "“%(unit)s”已在%(place)s出现。请与推荐单位核对，只保留一行。", unit=entry.unit, place=place
            )


def _head_values(
    paragraphs: Sequence[str], tables: Sequence[Table], heads: Sequence[_Head]
) -> dict[str, str]:
    """Recommender, contact and phone from the lines outside the table and the rows above its head."""
    lines = list(paragraphs)
    above = {id(head.table): head.row for head in heads}
    for table in tables:
        lines += [_labelled_line(row) for row in table.rows[: above.get(id(table), len(table.rows))]]
    values: dict[str, str] = {}
    for line in lines:
        found = list(_LABEL.finditer(line))
        for label, following in itertools.zip_longest(found, found[1:]):
            name = _LABELS["".join(label["label"].split())]
            text = line[label.end() : following.start() if following else None].strip(" \t\n　;；,，_")
            if text:
                values.setdefault(name, text)
    return values


def _labelled_line(row: Row) -> str:
    """The cells of a row as one line; a cell that is nothing but a label gets its colon."""
    cells = [cell for index, cell in enumerate(row.cells) if index == 0 or cell != row.cells[index - 1]]
    return "  ".join(f"{cell.rstrip('：: ')}：" if _word(cell) in _LABELS else cell for cell in cells if cell)
